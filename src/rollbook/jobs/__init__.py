"""
Who carries which run, and what happens when they die.

    queue        a run is asked for, cancelled, tried again
    claim        a worker takes the run whose turn it is: the lease and the fence
    former       those who lost a run are ended, so that nothing of theirs stands in the way
    lease        a heartbeat keeps the lease while the run is carried
    carrier      one run, claimed and carried to its end
    foreground   the same, while a person waits for it at the terminal
    slot         the process that carries runs for a worker
    slots        those of one worker, and what happens when they die
    worker       slots, and the sweep that finds what nobody told of
    tasks        delivery to workers on many machines

The row of the run is the truth; nothing here keeps a state of its own.
"""
