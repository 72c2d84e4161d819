"""The CSV file that says whose number is whose: iccid,number[,rent].

    sheet     lines, cells and columns, as spreadsheets and people write them
    reading   what each row says, or what is wrong with it
    writing   the same file made of the SIMs that were seen, and new rows below one that people keep

Must not open files, nor decide which source of a number wins.
"""

from agent.sims_file.reading import FileEntry, parse, unreadable
from agent.sims_file.writing import SeenSim, added, write

__all__ = ["FileEntry", "SeenSim", "added", "parse", "unreadable", "write"]
