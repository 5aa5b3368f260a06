"""Says that stored drawings came to count as something else: labelled, reviewed, hidden, shown again.

For whoever keeps figures made of them. Left out on purpose: new drawings, which their numbers tell, and those that go,
of which `recognizer.deletion` tells."""

from django.dispatch import Signal

drawings_change = Signal()
"""Sent in the transaction that changes them, after the change: `ids`, a list of int."""
