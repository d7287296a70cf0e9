"""How fast the host is, beside what it is measured against: the figures of `manage.py bench inference`.

    figure    one measured number with its goal, and the table of many
    load      requests of a size, followed from outside
    rig       a host of its own to measure, and the baselines in a process of theirs
    speed     streams at once, one stream, a panel
    manners   stalls, cancelling, restarting, memory
    run       which figures there are, their sizes, `measure`

Run alone on the machine, or it means nothing. Prompts are filler text; speed does not depend on sense.
"""
