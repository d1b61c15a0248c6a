//! Category 048, monoradar target reports (SPEC-149-4 edition 1.21).

use super::{
    Category, MODE_3A, MODE_S_BLOCK, POLAR, RESOLUTION_ADVISORY, SOURCE, TIME_OF_DAY, TURN_16_DEG,
    fixed, item,
};
use crate::asterix::layout::{Element, Layout, Part, bit, bits, part};

/// Nautical miles a second of one step of speed.
const SPEED_NM_S: f64 = 1.0 / 16_384.0;
const STEP_13_DEG: f64 = 360.0 / 8_192.0;
/// Quality of each pulse of a four-digit code.
const PULSES: &[Element] = &[bits("Quality", 12, 1)];

const DESCRIPTOR: &[Part] = &[
    part(1, &[bits("TYP", 8, 6), bit("SIM", 5), bit("RDP", 4), bit("SPI", 3), bit("RAB", 2)]),
    part(
        1,
        &[
            bit("TST", 8),
            bit("ERR", 7),
            bit("XPP", 6),
            bit("ME", 5),
            bit("MI", 4),
            bits("FOEFRI", 3, 2),
        ],
    ),
];

const STATUS: &[Part] = &[
    part(1, &[bit("CNF", 8), bits("RAD", 7, 6), bit("DOU", 5), bit("MAH", 4), bits("CDM", 3, 2)]),
    part(1, &[bit("TRE", 8), bit("GHO", 7), bit("SUP", 6), bit("TCC", 5)]),
];

pub static CAT048: Category = Category {
    number: 48,
    items: &[
        fixed("010", 2, SOURCE),
        fixed("140", 3, TIME_OF_DAY),
        item("020", Layout::Extended(DESCRIPTOR)),
        fixed("040", 4, POLAR),
        fixed("070", 2, MODE_3A),
        fixed("090", 2, &[bit("V", 16), bit("G", 15), bits("FL", 14, 1).signed().of(0.25, "FL")]),
        item(
            "130",
            Layout::Compound(&[
                fixed("SRL", 1, &[bits("SRL", 8, 1).of(STEP_13_DEG, "deg")]),
                fixed("SRR", 1, &[bits("SRR", 8, 1)]),
                fixed("SAM", 1, &[bits("SAM", 8, 1).signed().of(1.0, "dBm")]),
                fixed("PRL", 1, &[bits("PRL", 8, 1).of(STEP_13_DEG, "deg")]),
                fixed("PAM", 1, &[bits("PAM", 8, 1).signed().of(1.0, "dBm")]),
                fixed("RPD", 1, &[bits("RPD", 8, 1).signed().of(1.0 / 256.0, "NM")]),
                fixed("APD", 1, &[bits("APD", 8, 1).signed().of(360.0 / 16_384.0, "deg")]),
            ]),
        ),
        fixed("220", 3, &[bits("ACAddr", 24, 1)]),
        fixed("240", 6, &[bits("TId", 48, 1).letters()]),
        item("250", Layout::Repetitive(MODE_S_BLOCK)),
        fixed("161", 2, &[bits("Tn", 12, 1)]),
        fixed(
            "042",
            4,
            &[
                bits("X", 32, 17).signed().of(1.0 / 128.0, "NM"),
                bits("Y", 16, 1).signed().of(1.0 / 128.0, "NM"),
            ],
        ),
        fixed(
            "200",
            4,
            &[
                bits("CGS", 32, 17).of(SPEED_NM_S, "NM/s"),
                bits("CHdg", 16, 1).of(TURN_16_DEG, "deg"),
            ],
        ),
        item("170", Layout::Extended(STATUS)),
        fixed(
            "210",
            4,
            &[
                bits("SigmaX", 32, 25).of(1.0 / 128.0, "NM"),
                bits("SigmaY", 24, 17).of(1.0 / 128.0, "NM"),
                bits("SigmaV", 16, 9).of(SPEED_NM_S, "NM/s"),
                bits("SigmaH", 8, 1).of(360.0 / 4_096.0, "deg"),
            ],
        ),
        item("030", Layout::Chained(part(1, &[bits("WE", 8, 2)]))),
        fixed("080", 2, PULSES),
        fixed(
            "100",
            4,
            &[bit("V", 32), bit("G", 31), bits("ModeC", 28, 17), bits("Quality", 12, 1)],
        ),
        fixed("110", 2, &[bits("3D_Height", 14, 1).signed().of(25.0, "ft")]),
        item(
            "120",
            Layout::Compound(&[
                fixed("CAL", 2, &[bit("D", 16), bits("CAL", 10, 1).signed().of(1.0, "m/s")]),
                item(
                    "RDS",
                    Layout::Repetitive(part(
                        6,
                        &[
                            bits("DOP", 48, 33).of(1.0, "m/s"),
                            bits("AMB", 32, 17).of(1.0, "m/s"),
                            bits("FRQ", 16, 1).of(1.0, "MHz"),
                        ],
                    )),
                ),
            ]),
        ),
        fixed(
            "230",
            2,
            &[
                bits("COM", 16, 14),
                bits("STAT", 13, 11),
                bit("SI", 10),
                bit("ModeSSSC", 8),
                bit("ARC", 7),
                bit("AIC", 6),
                bit("BDS16", 5),
                bits("BDS37", 4, 1),
            ],
        ),
        fixed("260", 7, RESOLUTION_ADVISORY),
        fixed("055", 1, &[bit("V", 8), bit("G", 7), bit("L", 6), bits("Mode1", 5, 1)]),
        fixed("050", 2, &[bit("V", 16), bit("G", 15), bit("L", 14), bits("Mode2", 12, 1)]),
        fixed("065", 1, &[bits("Quality", 5, 1)]),
        fixed("060", 2, PULSES),
        item("SP", Layout::Explicit),
        item("RE", Layout::Explicit),
    ],
};
