/** The CSRF token as the browser has it now: each sign-in makes a new one, in whichever tab. "" without one. */
export function csrfToken() {
  const [, token = ""] = document.cookie.match(/(?:^|;\s*)(?:__Host-)?csrftoken=([^;]*)/) ?? [];
  return decodeURIComponent(token);
}
