/** Pictures that come in by the file dialog, by drop or by paste, anywhere on the page. It only opens them. */

const SHRINK_TO_PX = 2048;
const ACCEPTED = ["image/png", "image/jpeg", "image/webp"];

/** Calls `onFile(file)` with the first file of each choice, drop or paste. */
export function listenForPictures(inputs, onFile) {
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const [file] = input.files;
      input.value = ""; // choosing the same file again is a choice too
      if (file) onFile(file);
    });
  }
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (file) onFile(file);
  });
  listenForDrops(onFile);
}

function listenForDrops(onFile) {
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => document.documentElement.toggleAttribute("data-drop", isOver);
  addEventListener("dragover", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault(); // else the browser leaves the page and opens the file
    mark(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  addEventListener("drop", (event) => {
    mark(false);
    if (!holdsFile(event)) return;
    event.preventDefault();
    onFile(event.dataTransfer.files[0]);
  });
}

/** The picture upright, or null if this browser cannot open it. */
export function openPicture(file) {
  return createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
}

/**
 * The file; encoded anew if it has more bytes or pixels than are accepted, as a phone's photograph may, or is of a type
 * that this browser can open and the server cannot.
 */
export async function fitFile(file, picture, { mostBytes, mostPixels }) {
  const isSmall = file.size <= mostBytes && picture.width * picture.height <= mostPixels;
  if (isSmall && ACCEPTED.includes(file.type)) return file;
  const { width, height } = picture;
  const scale = Math.min(1, SHRINK_TO_PX / Math.max(width, height), Math.sqrt(mostPixels / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(width * scale));
  canvas.height = Math.max(1, Math.floor(height * scale));
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const small = await blobOf(canvas, "image/webp"); // which keeps what is transparent
  if (small?.type === "image/webp") return small;
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return (await blobOf(canvas, "image/jpeg")) ?? file;
}

function blobOf(canvas, type) {
  return new Promise((resolve) => canvas.toBlob(resolve, type, 0.92));
}
