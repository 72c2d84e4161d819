from __future__ import annotations

import pytest

from agent.status.rows import model_name
from drivers.observation import Identity


@pytest.mark.parametrize(
    ("maker", "model", "name"),
    [
        ("INCORPORATED", "A7670E-FASE", "A7670E-FASE"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "SIMCOM_SIM7600E-H"),
        ("SIMCOM_Ltd", "SIMCOM_SIM800C", "SIMCOM_SIM800C"),
        ("SIMCOM INCORPORATED", "A7600E-H", "SIMCOM A7600E-H"),
        ("Quectel_Ltd", "Quectel_M95", "Quectel_M95"),
        ("Quectel", "EC25", "Quectel EC25"),
        ("ZTE INCORPORATED", "MF190", "ZTE MF190"),
        ("ZTE CORPORATION", "ME3630", "ZTE ME3630"),
        ("QUALCOMM INCORPORATED", "M6280", "QUALCOMM M6280"),
        ("Huawei Technologies Co., Ltd.", "ME909u-521", "Huawei Technologies ME909u-521"),
        ("Sierra Wireless, Incorporated", "MC7455", "Sierra Wireless MC7455"),
        ("Fibocom Wireless Inc.", "NL668T-GL", "Fibocom Wireless NL668T-GL"),
        ("Ai Thinker Co.LTD", "A6", "Ai Thinker A6"),
        ("LG Electronics Inc.", "LG VX", "LG VX"),
        ("u-blox AG", "SARA-U201", "u-blox SARA-U201"),
        ("Telit Communications S.p.A.", "LE910", "Telit Communications LE910"),
        ("WAVECOM MODEM", "MULTIBAND 900E 1800", "WAVECOM MODEM MULTIBAND 900E 1800"),
        ("Incorporated Modems", "X1", "Incorporated Modems X1"),
        ("Cosmo", "Limited Edition", "Cosmo Limited Edition"),
        ("Telit", None, "Telit"),
        (None, "M590", "M590"),
        ("Ltd.", None, None),
        (None, None, None),
    ],
)
def test_the_name_is_that_of_maker_and_model_each_once(maker, model, name):
    assert model_name(Identity(manufacturer=maker, model=model)) == name
