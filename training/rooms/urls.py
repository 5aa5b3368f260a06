"""Addresses of rooms: what members open, and the teacher's desk.

Left out on purpose: names that are guessed from addresses. Each has its own."""

from django.urls import path, register_converter

from recognizer.rooms.codes import CodeConverter
from training.rooms import desk, pages, review_pages, version_pages, whole_pages

register_converter(CodeConverter, "room")

urlpatterns = [
    path("", pages.enter, name="rooms"),
    path("<room:code>/", pages.room, name="room"),
    path("<room:code>/figures/", pages.room_figures, name="room_figures"),
    path("<room:code>/join/", pages.join, name="room_join"),
    path("<room:code>/leave/", pages.leave, name="room_leave"),
    path("<room:code>/share/", pages.share, name="room_share"),
    path("desk/", desk.rooms, name="room_desk"),
    path("desk/<room:code>/", desk.room, name="room_desk_room"),
    path("desk/<room:code>/edit/", desk.edit, name="room_edit"),
    path("desk/<room:code>/show/", desk.show, name="room_show"),
    path("desk/<room:code>/state/", desk.set_state, name="room_state"),
    path("desk/<room:code>/remove/", desk.remove_member, name="room_remove_member"),
    path("desk/<room:code>/hide/", desk.hide, name="room_hide"),
    path("desk/<room:code>/review/", review_pages.review, name="room_review"),
    path("desk/<room:code>/review/decide/", review_pages.decide, name="room_decide"),
    path("desk/<room:code>/review/undo/", review_pages.undo, name="room_undo"),
    path("desk/<room:code>/review/many/", review_pages.many, name="room_many"),
    path("desk/<room:code>/versions/", version_pages.versions, name="room_versions"),
    path("desk/<room:code>/versions/training/", version_pages.training, name="room_training"),
    path("desk/<room:code>/versions/start/", version_pages.start, name="room_train"),
    path("desk/<room:code>/versions/cancel/", version_pages.cancel, name="room_cancel"),
    path("desk/<room:code>/versions/use/", version_pages.use, name="room_use"),
    path("desk/<room:code>/versions/<int:number>/", version_pages.version, name="room_version"),
    path("desk/<room:code>/export/", whole_pages.export, name="room_export"),
    path("desk/<room:code>/delete/", whole_pages.delete, name="room_delete"),
]
