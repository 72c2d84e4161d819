"""Every model that the AT guide, ModemManager, TinyGSM and gammu name, and the family it must be taken for.

Sources: docs/at-field-guide.md §10.1, §10.5; ModemManager src/plugins; TinyGSM TinyGsmClient.h; gammu gsmphones.c.
"""

from __future__ import annotations

import pytest

from drivers.vendors import by_name, recognise

MODELS = """
simcom-2g | SIMCOM_Ltd | SIM300 SIM300D SIM340 SIM508 SIM548 SIM700 SIM700D SIM800 SIM800A SIM800C SIM800F
simcom-2g | SIMCOM_Ltd | SIM800H SIM800L SIM808 SIM840 SIM868 SIM868E SIM900 SIM900A SIM900D SIM900R
simcom-2g | SIMCOM_Ltd | SIM908 SIM928 SIM968
simcom-3g | SIMCOM INCORPORATED | SIM5215 SIM5216E SIM5218E SIM5300 SIM5300E SIM5320 SIM5320E SIM5350
simcom-3g | SIMCOM INCORPORATED | SIM5360 SIM5360E
simcom-70xx | SIMCOM_Ltd | SIM7000 SIM7000E SIM7000G SIM7020 SIM7020E SIM7060 SIM7070 SIM7070G SIM7080
simcom-70xx | SIMCOM_Ltd | SIM7080G SIM7090
simcom-4g | SIMCOM INCORPORATED | SIM7100 SIM7100E SIM7230E SIM7500 SIM7500E SIM7600 SIM7600E SIM7600E-H
simcom-4g | SIMCOM INCORPORATED | SIM7600G-H SIM7600CE-T SIM7600SA SIM7670G SIM7672E SIM7800 SIM7906E
simcom-4g | SIMCOM INCORPORATED | SIM7912G
simcom-a76 | INCORPORATED | A7600C A7600E-H A7602E-H A7605E-H A7608SA-H A7670E A7670SA A7672E-FASE A7672S
simcom-a76 | INCORPORATED | A7677S A7680C A7682E A7683E A7906E
simcom-5g | SIMCOM INCORPORATED | SIM8200EA-M2 SIM8200G SIM8202G-M2 SIM8202E-M2 SIM8210C SIM8230 SIM8230G
simcom-5g | SIMCOM INCORPORATED | SIM8260A SIM8262E-M2 SIM8300G-M2 SIM8380G-M2
simcom | SIMCOM INCORPORATED | SIM2000 SIM6320C SIM8905E SIM8918E SIM8950 SIM9630
quectel-2g | Quectel_Ltd | M10 M12 M25 M26 M35 M50 M56 M56-R M66 M66DS M72 M80 M85 M89 M95 MC20 MC60 MC60E
quectel-2g | Quectel_Ltd | MC90
quectel-3g | Quectel | UC15 UC15-E UC20 UC20-G UG89 UG95 UG96
quectel-4g | Quectel | EC20 EC20F EC21 EC21-EUX EC25 EC25-E EC200A EC200S EC200T EC200U EC600N EC600S
quectel-4g | Quectel | EC800M EC801E EG06 EG12-EA EG18 EG21 EG25 EG25-G EG91 EG95 EG800K EG912Y EG915U
quectel-4g | Quectel | EG916Q EM05 EM05-CE EM05-CN EM05-G EM06 EM12 EM060K-GL EM061K-GL EM120 EM120R-GL
quectel-4g | Quectel | EM160 EM160R-GL EP06 EP06-E AG15 AG35 AG525R BC26 BC66 BC95 BC660K BG77 BG95
quectel-4g | Quectel | BG95-M3 BG96 BG600L BG770A BG952A RG200U RG255C RG500Q RG500U RG502Q RG520N RG530F
quectel-4g | Quectel | RG650E RM500 RM500Q RM500U RM502Q RM505Q RM510Q RM520 RM520N RM520N-GL RM521F
quectel-4g | Quectel | RM530N RM551E
quectel | Quectel | SC20 SC66 SG560D SC600Y
huawei-4g | huawei | E3251 E3272 E3276 E3276s-150 E3331 E3351 E3372 E3372h E3372h-320 E3531 E392 E398
huawei-4g | huawei | ME906 ME906e ME906s-158 ME909s-120 ME909u ME936 MU609 MU709 MU709s-2 MU736 MU739
huawei-4g | huawei | MU909 MC509 MH5000-31
huawei | huawei | E17X E150 E153 E160 E160E E160G E160X E161 E162 E162G E169 E169G E171 E173 E180 E1550
huawei | huawei | E1552 E1556 E1750 E1752 E1756 E1780 E3131 E352 E353 E367 EM770W EM820W K3715 K3765 K3770
huawei | huawei | MG323 MG301
zte | ZTE INCORPORATED | MF60 MF100 MF110 MF112 MF180 MF190 MF622 MF626 MF627 MF656 MF667 MF669 ME3630
zte | ZTE INCORPORATED | MG2639 MC271X MF821D MF823
wavecom | WAVECOM MODEM | Q2403 Q2406B Q24PLUS M1306B
wavecom | Sierra Wireless | FXT009 FXT010 FASTRACK
sierra | Sierra Wireless, Incorporated | MC5725 MC7304 MC7355 MC7430 MC7455 MC8790 MC8805 EM7305 EM7345
sierra | Sierra Wireless, Incorporated | EM7355 EM7430 EM7455 EM7565 EM7590 EM9190 EM9191 HL7812 HL7800
sierra | Sierra Wireless, Incorporated | RC7611 GL7600 WP7607
telit-2g | Telit | GC864-QUAD GC864-DUAL GE310-GNSS GE863-QUAD GE864-QUAD GE865-QUAD GE866-QUAD GE910
telit-2g | Telit | GE910-QUAD GL865-DUAL GL865-QUAD GL868-DUAL GM862-QUAD GT863-PY
telit | Telit | CC864-DUAL CC864-SINGLE CE910-DUAL DE910-DUAL HE863 HE910 HE910-D UC864-E UC864-G UE866
telit | Telit | UE910 UE910-EUR UL865-EUR LE866-SV1 LE910 LE910-EU1 LE910-EU LE910C1 LE910C1-EUX
telit | Telit | LE910C4-EU LE910S1 LE910Q1 LE920 LE922 LE940B6 LM940 LM960 LN920 LN930 ME310G1 ME310M1
telit | Telit | ME910C1 ME910G1 ME910M1 NE310H2 NE910C1 NL865H2 FE910C04 FE990B40 FN912C04 FN920C04 FN980
telit | Telit | FN980m FN990 FN990A28 FN990B40
ublox-3g | u-blox | LEON-G100 LEON-G200 SARA-G300 SARA-G310 SARA-G340 SARA-G350 SARA-G450 LISA-U110
ublox-3g | u-blox | LISA-U200 LISA-U201 LISA-U230 LISA-U260 LISA-U270 SARA-U201 SARA-U260 SARA-U270
ublox-3g | u-blox | SARA-U280
ublox | u-blox | TOBY-L200 TOBY-L201 TOBY-L210 TOBY-L220 TOBY-L280 TOBY-L4006 TOBY-L4106 TOBY-L4206
ublox | u-blox | TOBY-L4906 TOBY-R200 TOBY-R202 MPCI-L210 LARA-R202 LARA-R203 LARA-R204 LARA-R211
ublox | u-blox | LARA-R280 LARA-R3121 LARA-R6001 LARA-R6001D LARA-L6004 LENA-R8001 SARA-N200 SARA-N201
ublox | u-blox | SARA-N210 SARA-N211 SARA-N280 SARA-N410-02B SARA-R410M-02B SARA-R410M-52B SARA-R412M-02B
ublox | u-blox | SARA-R500S SARA-R510S SARA-R422
siemens | SIEMENS | TC35 TC35i TC63 TC63i TC65 TC65i MC35 MC35i MC39i MC45 MC46 MC52i MC55 MC55i MC56 MC75
siemens | SIEMENS | MC75i
cinterion | Cinterion | BG2 BGS2-W BGS5 EGS3 EGS5 EGS5-X EHS5-E EHS6 EHS8 PH8 PHS8 PHS8-P AHS3-W ALS3 ALS6
cinterion | Cinterion | ELS31-VA ELS51 ELS61-E2 ELS62-E ELS63-I ELS81 PLS8-X PLS9-W PLS62-W PLS63-W
cinterion | Cinterion | PLS83-W PL68-W PLPS9 EXS62 EXS82 TX62-W TX82 MV31-W MV32-W XT65 AC65 HC25
neoway-2g | NEOWAY | M580 M580Z M590 M590E M660 M680
neoway | Neoway | N10 N58 N58-CA N706 N706B N720 GM650 WM620
fibocom | Fibocom | FM101-GL FM135-GL FM150-AE FM160-EAU FM350-GL FG650 G510 G610 H330 L610 L610-EU L716
fibocom | Fibocom | L716-EU L830 L850 L850-GL L860-GL MA510 MA510-GL MC610 MC665 NL668 NL668-AM NL668-EAU
fibocom | Fibocom | NL678
meig | MEIGLINK | SLM320 SLM328 SLM500 SLM750 SLM750V SLM770A SLM790 SLM828 SRM815 SRM825 SRM825L SRM930
aithinker | Ai Thinker Co.LTD | A6 A7 A9 A9G A20
asr | AirM2M | Air720 Air724UG Air780E Air780EP Air795
generic | Sequans | GM02S VZ20Q
generic | Option N.V. | GTM601 ICON225
generic | MBM | MD300 MD400 MD400G
"""

ROWS = [
    (family.strip(), maker.strip(), model)
    for family, maker, names in (line.split("|") for line in MODELS.replace("\\\n", " ").strip().splitlines())
    for model in names.split()
]


@pytest.mark.parametrize("family", sorted({family for family, _, _ in ROWS}))
def test_each_model_is_taken_for_its_family_however_it_names_itself(family: str) -> None:
    for maker, model in ((maker, model) for name, maker, model in ROWS if name == family):
        for lines in (
            [maker, model],
            [f"Manufacturer: {maker}", f"Model: {model}", f"Revision: {model}R01A02"],
            [maker, model.lower()],
            [maker, f'"{model}"'],
        ):
            assert recognise(lines).name == family, (maker, model, lines)


@pytest.mark.parametrize("model", sorted({model for name, _, model in ROWS if name.startswith("simcom")}))
def test_simcom_writes_its_name_before_the_model(model: str) -> None:
    expected = next(name for name, _, one in ROWS if one == model)

    assert recognise(["SIMCOM INCORPORATED", f"SIMCOM_{model}"]).name == expected
    assert recognise([f"SIMCOM_{model}"]).name == expected


@pytest.mark.parametrize("model", sorted({model for name, _, model in ROWS if name == "quectel-2g"}))
def test_quectel_writes_its_name_before_the_older_models(model: str) -> None:
    assert recognise(["Quectel_Ltd", f"Quectel_{model}", f"Revision: {model}FBR03A01"]).name == "quectel-2g"


@pytest.mark.parametrize(
    "revision",
    [
        "EC25EFAR06A03M4G",
        "EG25GGBR07A08M2G",
        "EC200UCNAAR02A05M08_01.001",
        "RG500UCNDBR01A01M1G_OCPU_20.001",
        "EM060KGLAAR01A05M2G",
    ],
)
def test_the_name_of_a_firmware_makes_no_older_module(revision: str) -> None:
    model = revision[:4] if not revision.startswith(("EC2", "RG5", "EM0")) else revision[:5]

    assert recognise(["Quectel", model, f"Revision: {revision}"]).name == "quectel-4g"


def test_what_can_register_in_lte_or_5g_is_asked_for_it() -> None:
    older = {"2g", "3g"}
    for family, maker, model in ROWS:
        if family.rpartition("-")[2] in older or family in {"siemens", "wavecom", "aithinker"}:
            continue
        assert recognise([maker, model]).lte is not None, model
    assert by_name("simcom-5g").lte is not None
