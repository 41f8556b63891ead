"""What stays for the whole class is not looked at for objects to let go, and afterwards all is as it was."""

from __future__ import annotations

import gc

from grader.batch.garbage import not_looking, set_aside


def test_what_is_set_aside_is_looked_at_again_afterwards():
    before = gc.get_freeze_count()

    with set_aside():
        assert gc.get_freeze_count() > before

    assert gc.get_freeze_count() == 0


def test_looking_goes_on_as_it_was():
    looked = []
    for looking in (True, False):
        (gc.enable if looking else gc.disable)()
        with not_looking():
            assert not gc.isenabled()
        looked.append(gc.isenabled())
    gc.enable()

    assert looked == [True, False]
