"""
How each pulled source is put to the test of `test_conformance`: one module a source, each with a list `CASES`.

    case.py         what a case says
    registry.py     all of them
"""
