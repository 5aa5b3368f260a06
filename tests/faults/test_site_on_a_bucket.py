"""The whole site with its files in a bucket: what is uploaded, shipped and exported lies there, and nowhere else."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode

from tests.recognizer.pictures import encoded
from tests.site import s3
from tests.site.imports import PROJECT_DIR
from tests.site.running import RunningSite, environment, running


def send(site: RunningSite, picture: bytes) -> tuple[int, dict]:
    """Store a picture, as a new visitor does."""
    with urllib.request.urlopen(f"{site.address}/api/v1/model", timeout=60) as answer:
        token = re.search(r"csrftoken=(\w+)", answer.headers["Set-Cookie"]).group(1)
    headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Cookie": f"csrftoken={token}"}
    body = json.dumps({"image": b64encode(picture).decode()}).encode()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(f"{site.address}/api/v1/drawings", body, headers))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.loads(answer.read())


def ready(site: RunningSite) -> dict:
    with urllib.request.urlopen(f"{site.address}/readyz", timeout=60) as answer:
        return json.loads(answer.read())


def manage(site: RunningSite, *arguments: str) -> dict:
    command = [sys.executable, "manage.py", *arguments, "--json"]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=site.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_site_lives_on_a_bucket_and_outlives_its_absence(tmp_path):
    with s3.server(tmp_path) as server:
        env = environment(tmp_path / "data", tmp_path / "static", **server.variables(S3_TIMEOUT_SECONDS="1"))
        with running(env, tmp_path / "output") as site:
            assert ready(site)["storage"] == "ok"
            assert len([name for name in server.names() if name.startswith("weights/versions/")]) == 2
            status, drawing = send(site, encoded("PNG"))
            assert status == 201
            assert len([name for name in server.names() if name.startswith("uploads/")]) == 1

            assert manage(site, "promote", "1", "--override", "to be kept in the bucket")["model_version"] == 1
            with server.away():
                assert send(site, encoded("PNG"))[0] == 503
                assert ready(site)["status"] == "degraded"
            assert ready(site)["status"] == "ready"
            status, again = send(site, encoded("PNG"))
            assert (status, again["model_version"]) == (201, 1)
            assert again["id"] == drawing["id"] + 1
        assert not (site.data_dir / "media").exists()
