"""Survivors that no proof reached, and why nothing that can come in shows them."""

EXPLAINED = {
    "convert: const1 hbfp_convert_m4_n3_e6_r3_p0 $and$convert.v:503$207.B[0] wire $164[0]": (
        "only the code 3 of the rounding mode shows it, which is none"
    ),
    "core: const0 hbfp_core_2x1_mixed_n2_e10_d2_t1_q2_l4 registers.control[4] wire control[4]": (
        "a reserved bit, which the register file keeps at 0"
    ),
}
