"""Names that share an address of chance are refused before anything runs."""

import pytest

from simcare.config.build import job
from simcare.config.messages import ConfigError
from simcare.kernels.draws import name_id


def test_names_that_share_an_address_are_one_clear_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stages whose names have one word would have one luck: an error that names both."""

    def one_word(name: str) -> int:
        return name_id("home" if name == "using" else name)

    monkeypatch.setattr("simcare.engines.addresses.name_id", one_word)
    with pytest.raises(ConfigError, match="the stages using and home share an address"):
        job(["policy=gp_referral"])
