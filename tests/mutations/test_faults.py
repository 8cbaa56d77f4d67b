"""The list of planted faults fits the code as it is."""

from mutations.run import find_problems, load_faults


def test_every_fault_can_be_planted():
    """Its old text occurs exactly once in its file, and the tests it names exist: a rename must be followed in faults.toml."""
    faults = load_faults()
    assert find_problems(faults) == []
    assert len(faults) >= 80
