"""Who is answered what at each address of the admin, as data; test_access.py asks all of it, and names what is missing.

A line is an address below /admin/, with * for each of its parameters, then what GET and what POST answer:

    viewers         these roles are let in, with 200 for GET and 302 for POST; superusers always are
    reviewer=200    let in with another status; reviewer+trainer for several roles
    staff           whoever may sign in to the admin at all; `anyone` needs no signing in
    superuser       superusers alone
    nobody          403 for everybody
    405             this status for whoever may sign in to the admin at all
    viewers,404     the first part that names a role holds for it

Whoever is left is answered 403, and who has not signed in as staff is sent to the login. Left out on purpose: rows;
access_rows.py makes one of each model, whose key stands for the * of an address."""

STAFF = ("teacher", "viewer", "reviewer", "trainer", "exporter", "releaser", "superuser")
ROLES = ("anonymous", "visitor", "staff", *STAFF)
SETS = {
    "anyone": ROLES,
    "staff": ROLES[2:],
    "viewers": ROLES[4:],
    "superuser": ROLES[-1:],
    "nobody": (),
}

# A desk has these lines, with its app and model in front, unless the table below says something else of one.
DESK = """
/                       viewers                 viewers=200
/add/                   nobody                  nobody
/*/change/              viewers                 viewers=200
/*/history/             viewers                 viewers=200
/*/delete/              nobody                  nobody
/*/                     302                     302
"""
DESKS = """
recognizer/visitor      recognizer/drawing      recognizer/modelversion     recognizer/deployment
recognizer/evaluation   training/trainingjob    training/snapshot           training/deleteddrawing
training/yardstick      training/measurement    training/comparison         training/export
training/cleanup        recognizer/decision     recognizer/bulkreview       recognizer/bannedshape
recognizer/room
"""

TABLE = """
# The frame
                                                staff                   staff=200
login/                                          staff=302,anyone        anyone=200
logout/                                         405,anyone=302          staff=200,anyone=302
password_change/                                staff                   staff=200
password_change/done/                           staff                   405
jsi18n/                                         staff                   405
autocomplete/                                   nobody                  405
search/                                         staff                   staff=200
r/*/*/                                          404                     404
APP/                                            viewers,404             viewers=200,404
ANYTHING                                        404                     404

# Users and groups
auth/user/                                      superuser               superuser=200
auth/user/add/                                  superuser               superuser=200
auth/user/*/change/                             superuser               superuser=200
auth/user/*/password/                           superuser               superuser=200
auth/user/*/history/                            superuser               superuser=200
auth/user/*/delete/                             superuser               superuser
auth/user/*/                                    302                     302
auth/group/                                     superuser               superuser=200
auth/group/add/                                 superuser               superuser=200
auth/group/*/change/                            superuser               superuser=200
auth/group/*/history/                           superuser               superuser=200
auth/group/*/delete/                            superuser               superuser
auth/group/*/                                   302                     302

# Logins
axes/accessattempt/                             superuser               superuser=200
axes/accessattempt/add/                         nobody                  nobody
axes/accessattempt/*/change/                    superuser               nobody
axes/accessattempt/*/history/                   superuser               superuser=200
axes/accessattempt/*/delete/                    superuser               superuser
axes/accessattempt/*/                           302                     302

# Drawings
recognizer/drawing/*/label/                     405                     reviewer
recognizer/drawing/*/upload/                    viewers                 viewers=200
recognizer/drawing/*/delete/                    superuser               superuser
recognizer/drawing/*/moderate/                  405                     reviewer
recognizer/drawing/*/ban/                       reviewer                reviewer=200
recognizer/drawing/review/                      reviewer                405
recognizer/drawing/review/cards/                405                     reviewer=400
recognizer/drawing/review/decide/               405                     reviewer=400
recognizer/drawing/review/undo/                 405                     reviewer=400
recognizer/drawing/review/keep/                 405                     reviewer=400
recognizer/drawing/review/release/              405                     reviewer=400
recognizer/visitor/*/block/                     405                     reviewer
recognizer/bannedshape/*/lift/                  405                     reviewer
recognizer/decision/*/undo/                     405                     reviewer
recognizer/bulkreview/preview/                  405                     reviewer
recognizer/bulkreview/*/progress/               viewers                 viewers=200
recognizer/bulkreview/*/confirm/                405                     reviewer
recognizer/bulkreview/*/cancel/                 405                     reviewer
recognizer/bulkreview/*/undo/                   405                     reviewer
training/export/add/                            exporter                exporter=200
training/export/*/progress/                     viewers                 viewers=200
training/export/*/cancel/                       405                     exporter
training/export/*/download/                     exporter=302            exporter

# Versions
recognizer/modelversion/*/weights/              viewers                 viewers=200
recognizer/modelversion/*/onnx/                 viewers                 viewers=200
recognizer/modelversion/*/promote/              releaser                releaser
recognizer/modelversion/*/delete/               superuser               superuser
recognizer/modelversion/rollback/               releaser=302            releaser
training/comparison/compare/                    viewers                 viewers=200
training/comparison/*/progress/                 viewers                 viewers=200
training/comparison/*/delete/                   superuser               superuser

# Training and measuring
training/trainingjob/queue/                     viewers                 viewers=200
training/trainingjob/compare/                   viewers=302             viewers
training/trainingjob/*/confusion/               viewers                 viewers=200
training/trainingjob/*/log/                     viewers                 viewers=200
training/trainingjob/*/move/                    405                     trainer
training/snapshot/*/drawings/                   viewers                 viewers=200
training/snapshot/*/corrections/                viewers=404             viewers=404
training/trainingjob/add/                       trainer                 trainer=200
training/trainingjob/*/progress/                viewers                 viewers=200
training/trainingjob/*/pause/                   405                     trainer
training/trainingjob/*/resume/                  405                     trainer
training/trainingjob/*/retry/                   405                     trainer
training/trainingjob/*/cancel/                  405                     trainer
training/measurement/start/                     405                     trainer
training/measurement/*/progress/                viewers                 viewers=200
training/measurement/*/cancel/                  405                     trainer
training/yardstick/add/                         trainer                 trainer=200
training/yardstick/*/delete/                    trainer                 trainer
training/cleanup/run/                           405                     trainer
"""

# Every action of a list: the list, the action, and who may send it with what answer. What is not here is nobody's.
ACTIONS = """
recognizer/drawing      accept                  reviewer
recognizer/drawing      reject                  reviewer
recognizer/drawing      hide                    reviewer
recognizer/drawing      show                    reviewer
training/trainingjob    compare                 viewers
recognizer/drawing      delete_selected         superuser=200
auth/user               delete_selected         superuser=200
auth/group              delete_selected         superuser=200
axes/accessattempt      delete_selected         superuser=200
"""

# What is sent along where an empty form would be answered otherwise than a real one
BODIES = {
    "recognizer/drawing/*/label/": {"decision": "7"},
    "*/delete/": {"post": "yes"},
}
