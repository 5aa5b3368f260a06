"""Runs the site's processes under one roof: starts them, restarts what died, stops all of them in order.

It runs in one thread, so that nothing it starts inherits a lock that another thread held. Left out on purpose: what
the processes do; `processes.py` lists their command lines."""
