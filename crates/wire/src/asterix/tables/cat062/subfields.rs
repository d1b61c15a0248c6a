//! Subfields of category 062's compound items.

use crate::asterix::layout::{Element, Item, Layout, Part, bit, bits, part};
use crate::asterix::tables::{
    MODE_3A, MODE_S_BLOCK, POLAR, POSITION_24, RESOLUTION_ADVISORY, SOURCE, TURN_16_DEG, fixed,
    item,
};

/// I062/380: what the aircraft says of itself.
pub(super) const AIRCRAFT: &[Option<Item>] = &[
    fixed("ADR", 3, &[bits("ADR", 24, 1)]),
    fixed("ID", 6, &[bits("ACID", 48, 1).letters()]),
    fixed("MHG", 2, &[bits("MAH", 16, 1).of(TURN_16_DEG, "deg")]),
    fixed("IAS", 2, &[bit("IM", 16), bits("AS", 15, 1)]),
    fixed("TAS", 2, &[bits("TAS", 16, 1).of(1.0, "kt")]),
    fixed(
        "SAL",
        2,
        &[bit("SAS", 16), bits("SRC", 15, 14), bits("Alt", 13, 1).signed().of(25.0, "ft")],
    ),
    fixed(
        "FSS",
        2,
        &[bit("MV", 16), bit("AH", 15), bit("AM", 14), bits("Alt", 13, 1).signed().of(25.0, "ft")],
    ),
    item("TIS", Layout::Chained(part(1, &[bit("NAV", 8), bit("NVB", 7)]))),
    item("TID", Layout::Repetitive(TRAJECTORY)),
    fixed(
        "COM",
        2,
        &[
            bits("COM", 16, 14),
            bits("STAT", 13, 11),
            bit("SSC", 8),
            bit("ARC", 7),
            bit("AIC", 6),
            bit("B1A", 5),
            bits("B1B", 4, 1),
        ],
    ),
    fixed(
        "SAB",
        2,
        &[
            bits("AC", 16, 15),
            bits("MN", 14, 13),
            bits("DC", 12, 11),
            bit("GBS", 10),
            bits("STAT", 3, 1),
        ],
    ),
    fixed("ACS", 7, RESOLUTION_ADVISORY),
    fixed("BVR", 2, &[bits("BVR", 16, 1).signed().of(6.25, "ft/min")]),
    fixed("GVR", 2, &[bits("GVR", 16, 1).signed().of(6.25, "ft/min")]),
    fixed("RAN", 2, &[bits("RAN", 16, 1).signed().of(0.01, "deg")]),
    fixed("TAR", 2, &[bits("TI", 16, 15), bits("RoT", 8, 2).signed().of(0.25, "deg/s")]),
    fixed("TAN", 2, &[bits("TAN", 16, 1).of(TURN_16_DEG, "deg")]),
    fixed("GSP", 2, &[bits("GS", 16, 1).signed().of(1.0 / 16_384.0, "NM/s")]),
    fixed("VUN", 1, &[bits("VUN", 8, 1)]),
    fixed(
        "MET",
        8,
        &[
            bit("WS", 64),
            bit("WD", 63),
            bit("TMP", 62),
            bit("TRB", 61),
            bits("WS_D", 56, 41).of(1.0, "kt"),
            bits("WD_D", 40, 25).of(1.0, "deg"),
            bits("TMP_D", 24, 9).signed().of(0.25, "deg C"),
            bits("TRB_D", 8, 1),
        ],
    ),
    fixed("EMC", 1, &[bits("ECAT", 8, 1)]),
    fixed("POS", 6, POSITION_24),
    fixed("GAL", 2, &[bits("GAL", 16, 1).signed().of(6.25, "ft")]),
    fixed("PUN", 1, &[bits("PUN", 4, 1)]),
    item("MB", Layout::Repetitive(MODE_S_BLOCK)),
    fixed("IAR", 2, &[bits("IAS", 16, 1).of(1.0, "kt")]),
    fixed("MAC", 2, &[bits("MNO", 16, 1).of(0.008, "Mach")]),
    fixed("BPS", 2, &[bits("BPS", 12, 1).of(0.1, "mbar")]),
];

/// One point that the aircraft means to reach.
const TRAJECTORY: Part = part(
    15,
    &[
        bit("TCA", 120),
        bit("NC", 119),
        bits("TCPnum", 118, 113),
        bits("Alt", 112, 97).signed().of(10.0, "ft"),
        bits("Lat", 96, 73).signed().of(180.0 / 8_388_608.0, "deg"),
        bits("Lon", 72, 49).signed().of(180.0 / 8_388_608.0, "deg"),
        bits("PT", 48, 45),
        bits("TD", 44, 43),
        bit("TRA", 42),
        bit("TOA", 41),
        bits("TOV", 40, 17).of(1.0, "s"),
        bits("TTR", 16, 1).of(0.01, "NM"),
    ],
);

/// I062/390: what the flight plan says.
pub(super) const FLIGHT_PLAN: &[Option<Item>] = &[
    fixed("TAG", 2, SOURCE),
    fixed("CSN", 7, &[bits("CS", 56, 1).ascii()]),
    fixed("IFI", 4, &[bits("TYP", 32, 31), bits("NBR", 27, 1)]),
    fixed(
        "FCT",
        1,
        &[bits("GATOAT", 8, 7), bits("FR1FR2", 6, 5), bits("RVSM", 4, 3), bit("HPR", 2)],
    ),
    fixed("TAC", 4, &[bits("TYPE", 32, 1).ascii()]),
    fixed("WTC", 1, &[bits("WTC", 8, 1).ascii()]),
    fixed("DEP", 4, &[bits("DEP", 32, 1).ascii()]),
    fixed("DST", 4, &[bits("DES", 32, 1).ascii()]),
    fixed(
        "RDS",
        3,
        &[bits("NU1", 24, 17).ascii(), bits("NU2", 16, 9).ascii(), bits("LTR", 8, 1).ascii()],
    ),
    fixed("CFL", 2, &[bits("CFL", 16, 1).of(0.25, "FL")]),
    fixed("CTL", 2, &[bits("Centre", 16, 9), bits("Position", 8, 1)]),
    item("TOD", Layout::Repetitive(PLANNED)),
    fixed("AST", 6, &[bits("AS", 48, 1).ascii()]),
    fixed("STS", 1, &[bits("EMP", 8, 7), bits("AVL", 6, 5)]),
    fixed("STD", 7, &[bits("SID", 56, 1).ascii()]),
    fixed("STA", 7, &[bits("STAR", 56, 1).ascii()]),
    fixed("PEM", 2, &[bit("VAL", 13), bits("PEM", 12, 1)]),
    fixed("PEC", 7, &[bits("PAC", 56, 1).ascii()]),
];

const PLANNED: Part = part(
    4,
    &[
        bits("TYP", 32, 28),
        bits("DAY", 27, 26),
        bits("HOR", 21, 17),
        bits("MIN", 14, 9),
        bit("AVS", 8),
        bits("SEC", 6, 1),
    ],
);

/// I062/110: mode 5 data.
pub(super) const MODE_5: &[Option<Item>] = &[
    fixed(
        "SUM",
        1,
        &[
            bit("M5", 8),
            bit("ID", 7),
            bit("DA", 6),
            bit("M1", 5),
            bit("M2", 4),
            bit("M3", 3),
            bit("MC", 2),
            bit("X", 1),
        ],
    ),
    fixed("PMN", 4, &[bits("PIN", 30, 17), bits("NAT", 13, 9), bits("MIS", 6, 1)]),
    fixed("POS", 6, POSITION_24),
    fixed("GA", 2, &[bit("RES", 15), bits("GA", 14, 1).signed().of(25.0, "ft")]),
    fixed("EM1", 2, &[bits("EM1", 12, 1)]),
    fixed("TOS", 1, &[bits("TOS", 8, 1).signed().of(1.0 / 128.0, "s")]),
    fixed("XP", 1, &[bit("X5", 5), bit("XC", 4), bit("X3", 3), bit("X2", 2), bit("X1", 1)]),
];

/// I062/500: standard deviations of the track.
pub(super) const ACCURACIES: &[Option<Item>] = &[
    fixed("APC", 4, &[bits("APC_X", 32, 17).of(0.5, "m"), bits("APC_Y", 16, 1).of(0.5, "m")]),
    fixed("COV", 2, &[bits("COV_XY", 16, 1).signed().of(0.5, "m")]),
    fixed("APW", 4, ACCURACY_WGS84),
    fixed("AGA", 1, &[bits("AGA_Acc", 8, 1).of(6.25, "ft")]),
    fixed("ABA", 1, &[bits("ABA_Acc", 8, 1).of(0.25, "FL")]),
    fixed("ATV", 2, &[bits("ATV_X", 16, 9).of(0.25, "m/s"), bits("ATV_Y", 8, 1).of(0.25, "m/s")]),
    fixed("AA", 2, &[bits("AA_X", 16, 9).of(0.25, "m/s2"), bits("AA_Y", 8, 1).of(0.25, "m/s2")]),
    fixed("ARC", 1, &[bits("ARC_Acc", 8, 1).of(6.25, "ft/min")]),
];

const ACCURACY_WGS84: &[Element] = &[
    bits("APW_Lat", 32, 17).of(180.0 / 33_554_432.0, "deg"),
    bits("APW_Long", 16, 1).of(180.0 / 33_554_432.0, "deg"),
];

/// I062/340: the last measurement that the track took in.
pub(super) const MEASURED: &[Option<Item>] = &[
    fixed("SID", 2, SOURCE),
    fixed("POS", 4, POLAR),
    fixed("HEI", 2, &[bits("HEIGHT", 16, 1).of(25.0, "ft")]),
    fixed("MDC", 2, &[bit("CV", 16), bit("CG", 15), bits("ModeC", 14, 1).signed().of(0.25, "FL")]),
    fixed("MDA", 2, MODE_3A),
    fixed("TYP", 1, &[bits("TYP", 8, 6), bit("SIM", 5), bit("RAB", 4), bit("TST", 3)]),
];
