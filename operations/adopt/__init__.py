"""`eros adopt`: into what is there. Compares what the program declares with what the project holds, and imports it.

How it goes: `live` reads the project, `declared` runs the program against what was read, `verdicts` compares the two
object by object, `cutover` names what else still writes, `report` shows it. `importing` writes the engine's import
file, imports and looks at the preview. Reading never changes anything; the import changes the state alone. The steps
of verdict *migrate* are run by `operations.migration`, one at a time (`eros adopt --migrate NAME`), before `--import`.
So do the old system's scheduled queries: `--pause-old` disables them, `--resume-old` undoes it, and as long as one is
enabled the import asks for `pauseSchedules`, so that old and new never run side by side.
"""
