from drivers.simulator.sim import NumberAt, Sim, luhn_digit


def card(**changes):
    values = {"iccid": "8946120000005000016", "imsi": "240120000000016", "number": "+46701740616"}
    return Sim(**{**values, "e164": "+46701740616", "alpha": "OWN", **changes})


def test_the_check_digit_is_luhns():
    assert luhn_digit("7992739871") == "3"


def test_ef_iccid_is_swapped_and_padded():
    assert card().file(12258) == "986421000000050010F6"


def test_ef_ad_holds_the_length_of_the_network_code():
    assert card(mnc_length=3).file(28589) == "00000003"
    assert card(mnc_length=3).plmn == "240120"


def test_ef_imsi_is_length_parity_and_digits():
    assert card().file(28423) == "082904210000000061"


def test_ef_msisdn_holds_name_and_number():
    assert card(number="+46701740627").record(28480, 1) == (
        "4F574EFFFFFFFFFFFFFFFFFFFFFF07916407710426F7FFFFFFFFFFFF"
    )


def test_ef_msisdn_of_a_card_without_a_number_is_empty():
    assert card(number_at=NumberAt.NOWHERE).record(28480, 1) == "FF" * 28


def test_there_is_no_other_file_and_no_other_record():
    assert card().file(1234) is None
    assert card().record(28480, 2) is None
    assert card().record(1234, 1) is None


def test_national_digits_have_another_type_than_international_ones():
    assert card().type_of_number == 145
    assert card(number="0701740616").type_of_number == 129
