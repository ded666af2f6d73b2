"""
Rows straight out of the database of a student information system, by one saved SELECT for each sheet of a layout.

    statements   what may be asked: one SELECT, and no function that is not known to be harmless
    drivers      one module for each kind of database: how it is reached, and kept from writing
    session      everything of one pull, read in one read-only transaction
    presets      the statements for systems whose tables are known
"""
