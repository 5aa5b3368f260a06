"""What has to be true before the site starts, and what is said when it is not."""

import socket

import pytest

from digits_site.supervise import place
from digits_site.supervise.errors import StartError


def test_a_folder_that_is_not_there_is_made(tmp_path):
    place.check_data_folder(tmp_path / "new" / "data", least_free_bytes=0)
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_folder_below_a_file_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be written"):
        place.check_data_folder(tmp_path / "file" / "data", least_free_bytes=0)


def test_a_disk_without_room_is_named_with_the_room_that_is_needed(tmp_path):
    with pytest.raises(StartError, match=r"is full: \d+ MB are free, 1048576 MB are needed"):
        place.check_data_folder(tmp_path, least_free_bytes=2**40)


def test_port_0_takes_one_that_is_free():
    with place.listen("127.0.0.1", 0) as listener:
        assert place.address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_port_that_is_suggested_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} is taken") as caught:
            place.listen("127.0.0.1", port)
    suggested = int(str(caught.value).rpartition("PORT=")[2].split()[0])
    assert suggested != port
    place.listen("127.0.0.1", suggested).close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a..b"])
def test_a_host_that_is_not_this_machine_is_named(host):
    with pytest.raises(StartError, match=f"HOST={host}"):
        place.listen(host, 0)


def test_a_site_open_to_all_is_reached_from_this_machine_by_its_own_address():
    with place.listen("0.0.0.0", 0) as listener:
        assert place.address(listener).startswith("http://127.0.0.1:")


def test_the_broker_is_a_program_that_can_be_run():
    assert place.broker_program().is_file()


def test_without_an_embedded_broker_an_outside_one_is_asked_for(monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Plan9")
    with pytest.raises(StartError, match="REDIS_URL=redis://"):
        place.broker_program()
