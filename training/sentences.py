"""Patterns of the sentences that this app writes into rows, for `recognizer.told` to find them again.

Left out on purpose: a job's log, which stays in English as the tracebacks and the terminal do."""

from django.utils.translation import gettext_noop as _

JOBS = (
    _("job %(number)s"),
    _("Job %(number)s"),
    _("demo job %(number)s"),
    _("Demo job %(number)s"),
    _("Getting ready."),
    _("Reading MNIST."),
    _("Downloading MNIST."),
    _("Downloading MNIST: %(name)s, %(megabytes)s MB."),
    _("Downloading MNIST: %(name)s, %(megabytes)s of %(total)s MB."),
    _("Listing accepted drawings: %(done)s."),
    _("Reading drawings: %(done)s of %(total)s."),
    _("Drawing digits to learn from: %(done)s of %(total)s."),
    _("Learning."),
    _("Reading the forgetting meter."),
    _("Calibrating its confidence."),
    _("Measuring on %(name)s."),
    _("Measuring on %(name)s: %(done)s of %(total)s."),
    _("MNIST's test images"),
    _("held-out drawings"),
    _("MNIST's %(n)s test images"),
    _("%(n)s held-out drawings"),
    _("%(share)s of %(what)s read right."),
    _("%(share)s of %(what)s and %(second)s of %(other)s read right."),
    _("Storing the version."),
    _("Interrupted."),
    _("Its worker was stopped; the job waits for another."),
    _("Its worker vanished."),
    _("%(why)s The job waits for a worker."),
    _("Cancelled."),
    _("Cancelled. %(why)s"),
    _("Cancelled by %(by)s."),
    _("Cancelled by %(by)s: stopping."),
    _("Cancelled: stopping."),
    _("Paused."),
    _("Paused. %(why)s"),
    _("Paused by %(by)s."),
    _("Paused by %(by)s: stopping."),
    _("Paused: stopping."),
    _("Resumed by %(by)s; the job waits for a worker."),
    _("Resumed; the job waits for a worker."),
    _("Tried again by %(by)s; the job waits for a worker."),
    _("Tried again; the job waits for a worker."),
    _(
        "%(why)s That was the time number %(times)s in a row, in attempt %(attempt)s: look into the worker's log "
        "(memory may have run out), then retry the job."
    ),
    _("The worker ran out of memory. Start the job again with a smaller batch size or fewer images."),
    _("The disk is full, and the new version could not be stored. Make room, then retry the job."),
    _("A file could not be read or written (%(error)s). Put that right, then retry the job."),
    _("The database did not do its part (%(error)s)."),
    _(
        "Something unexpected went wrong (%(error)s). The traceback says where. Retry the job; if it ends the same "
        "way, report it with the traceback."
    ),
    _(
        "The checkpoint after step %(step)s could not be written to %(folder)s (%(error)s). Make room there or mend "
        "the folder, then retry the job: it goes on from its last checkpoint."
    ),
    _(
        "The checkpoint %(path)s could not be read (%(error)s). It was left as it is: put that right, then retry the "
        "job, which goes on from there."
    ),
    _("The loss at step %(step)s is %(loss)s: the training diverged; use a smaller learning rate than this one."),
    _("%(labels)s newly accepted labels."),
    _("1 newly accepted label."),
    _("the night of %(night)s."),
    _("The broker does not answer within %(seconds)s s (%(error)s)."),
)
COMPARISONS = (
    _("Read %(done)s of %(total)s images."),
    _("Its worker was stopped; the comparison waits for another."),
    _("Its worker vanished; the comparison waits for another."),
    _("Its worker vanished %(times)s times. Look into the worker's log, then compare them again."),
    _("A file could not be read (%(error)s). Put that right, then compare them again."),
    _("Something unexpected went wrong (%(error)s). Compare them again, or report it."),
    _("The comparison failed: %(message)s"),
    _("The comparison with %(live)s failed: %(message)s"),
    _("It is being compared with %(live)s, which is live."),
    _("%(candidate)s has to be compared with %(live)s anew: %(why)s."),
    _("Not promoted yet: it is compared anew, since %(why)s."),
    _("what the last comparison was made of was not kept"),
    _("the limits of the gate were changed since"),
    _("the last comparison was made more than %(days)s days ago"),
    _("MNIST's test images are others by now"),
    _("%(out)s of its %(n)s held-out drawings were taken out or reviewed anew since"),
    _("there were %(then)s held-out drawings and are %(now)s by now"),
    _("It passed the gate; AUTO_PROMOTE is on."),
    _("Automatic promotion was switched off meanwhile."),
    _("Not promoted: it did not pass the gate."),
    _("Not promoted: %(error)s"),
    _("Not promoted by itself: that takes %(n)s held-out drawings."),
    _("Not promoted by itself: it was live before, and somebody decides whether it is again."),
    _("Not promoted by itself: %(live)s is live by now."),
    _("Not promoted by itself: the comparison failed."),
    _("Promoted by itself."),
)
GATE = (
    _("%(points)s points"),
    _("%(candidate)s should not replace %(champion)s: %(list)s."),
    _("%(candidate)s may replace %(champion)s: it reads %(difference)s."),
    _("%(mnist)s; there are no held-out drawings yet"),
    _("%(mnist)s and %(drawings)s (%(p)s, which are few)"),
    _("%(mnist)s and %(drawings)s (%(p)s)"),
    _("as many of %(n)s %(what)s right"),
    _("%(count)s more of %(n)s %(what)s right"),
    _("%(count)s fewer of %(n)s %(what)s right"),
    _("MNIST test images"),
    _("Held-out drawings"),
    _("Recall of every digit"),
    _("Enough held-out drawings"),
    _("at most %(points)s points worse"),
    _("at most %(points)s points down"),
    _("at least %(n)s"),
    _("better or equal"),
    _("p = %(p)s"),
    _("not read"),
    _("no image of MNIST's test set was read"),
    _("there are none yet"),
    _("it reads MNIST %(points)s worse where %(allowed)s are allowed"),
    _("it reads %(lost)s fewer of %(n)s held-out drawings right (%(p)s)"),
    _("fewer than %(least)s images of each digit"),
    _("its recall of %(digit)s is down %(points)s on %(where)s"),
    _("that of %(digits)s too"),
    _("no digit is down"),
    _("%(measured)s; too few of %(list)s"),
    _("%(digit)s changes most: %(points)s on %(where)s, n = %(n)s"),
    _("%(ours)s, was %(theirs)s, n = %(n)s, %(p)s"),
    _("drawings"),
    _("MNIST and drawings"),
)
EXPORTS = (
    _("Looking for the drawings."),
    _("Writing the drawings."),
    _("Storing the file."),
    _("%(drawings)s exported."),
    _("%(drawings)s exported. %(lost)s left out, since their files are lost; the log says which."),
    _("Its worker was stopped; the export waits for another."),
    _("%(why)s; it begins again."),
    _("%(why)s, as it had to begin again %(times)s times before. Start it again, or ask for fewer drawings."),
    _("Its worker vanished"),
    _("A drawing in it was deleted while it ran"),
    _("The database did not answer while it ran"),
    _("There are no such drawings any more: %(which)s."),
    _("The disk is full, and the file could not be written. Make room, then export again."),
    _("A file could not be read or written (%(error)s). Put that right, then export again."),
    _(
        "Something unexpected went wrong (%(error)s). The traceback says where. Export again; if it ends the same "
        "way, report it with the traceback."
    ),
    _("%(message)s A drawing in it was deleted, and the file was removed. Export again for a new one."),
    _("%(message)s Its time was over, and the file was removed. Export again for a new one."),
)
OTHERS = (
    # Measurements and yardsticks
    _("The worker of one of its parts vanished %(times)s times: look into the workers' logs."),
    _("None of its images was there any more when it was counted: start the measurement again."),
    _("the yardstick %(name)s was changed while it measured: start the measurement again"),
    _("The file cannot be read (%(error)s)."),
    # Values of labels
    _("too few of others are known as %(what)s to compare with"),
    _("%(share)s of the most similar known drawings are %(what)s"),
    _("unlike what others draw as %(what)s"),
    # What may go, and what became of it
    _("weights of version %(number)s"),
    _("checkpoints of job %(number)s"),
    _("packed %(name)s"),
    _(
        "Older than %(days)s days, not among the newest %(newest)s, and was live, but not lately. Its row and figures "
        "stay."
    ),
    _("Older than %(days)s days, not among the newest %(newest)s, and was never live. Its row and figures stay."),
    _("No version refers to this file."),
    _("The job ended more than %(days)s ago."),
    _("There is no such job any more."),
    _("Left over from a clean-up."),
    _("Unused for more than %(days)s; a job that needs it makes it again."),
    _("removed"),
    _("kept"),
    _("failed"),
)
# Which weights of a training its version has, as its file says
SELECTION = _(
    "the weights after the last epoch; validation images and the forgetting meter choose nothing, test images are read "
    "once at the end"
)
SELECTIONS = (
    SELECTION,
    # As files say that are older than the forgetting meter
    _("the weights after the last epoch; validation images choose nothing, test images are read once at the end"),
)
STORED = (*JOBS, *COMPARISONS, *GATE, *EXPORTS, *OTHERS, *SELECTIONS)
