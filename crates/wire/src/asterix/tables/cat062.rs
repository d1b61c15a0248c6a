//! Category 062, system track data (SPEC-149-9 edition 1.18).

mod subfields;

use super::{Category, SOURCE, SPARE, fixed, item};
use crate::asterix::layout::{Element, Item, Layout, Part, bit, bits, part};
use subfields::{ACCURACIES, AIRCRAFT, FLIGHT_PLAN, MEASURED, MODE_5};

const POSITION_32_DEG: f64 = 180.0 / 33_554_432.0;

const STATUS: &[Part] = &[
    part(1, &[bit("MON", 8), bit("SPI", 7), bit("MRH", 6), bits("SRC", 5, 3), bit("CNF", 2)]),
    part(
        1,
        &[
            bit("SIM", 8),
            bit("TSE", 7),
            bit("TSB", 6),
            bit("FPC", 5),
            bit("AFF", 4),
            bit("STP", 3),
            bit("KOS", 2),
        ],
    ),
    part(1, &[bit("AMA", 8), bits("MD4", 7, 6), bit("ME", 5), bit("MI", 4), bits("MD5", 3, 2)]),
    part(
        1,
        &[
            bit("CST", 8),
            bit("PSR", 7),
            bit("SSR", 6),
            bit("MDS", 5),
            bit("ADS", 4),
            bit("SUC", 3),
            bit("AAC", 2),
        ],
    ),
    part(1, &[bits("SDS", 8, 7), bits("EMS", 6, 4), bit("PFT", 3), bit("FPLT", 2)]),
    part(
        1,
        &[
            bit("DUPT", 8),
            bit("DUPF", 7),
            bit("DUPM", 6),
            bit("SFC", 5),
            bit("IDD", 4),
            bit("IEC", 3),
        ],
    ),
];

const SIZE: &[Part] = &[
    part(1, &[bits("Len", 8, 2).of(1.0, "m")]),
    part(1, &[bits("ORI", 8, 2).of(360.0 / 128.0, "deg")]),
    part(1, &[bits("WIDTH", 8, 2).of(1.0, "m")]),
];

pub static CAT062: Category = Category {
    number: 62,
    items: &[
        fixed("010", 2, SOURCE),
        SPARE,
        fixed("015", 1, &[bits("SID", 8, 1)]),
        fixed("070", 3, &[bits("ToT", 24, 1).of(1.0 / 128.0, "s")]),
        fixed(
            "105",
            8,
            &[
                bits("Lat", 64, 33).signed().of(POSITION_32_DEG, "deg"),
                bits("Lon", 32, 1).signed().of(POSITION_32_DEG, "deg"),
            ],
        ),
        fixed(
            "100",
            6,
            &[bits("X", 48, 25).signed().of(0.5, "m"), bits("Y", 24, 1).signed().of(0.5, "m")],
        ),
        fixed(
            "185",
            4,
            &[
                bits("Vx", 32, 17).signed().of(0.25, "m/s"),
                bits("Vy", 16, 1).signed().of(0.25, "m/s"),
            ],
        ),
        fixed(
            "210",
            2,
            &[
                bits("Ax", 16, 9).signed().of(0.25, "m/s2"),
                bits("Ay", 8, 1).signed().of(0.25, "m/s2"),
            ],
        ),
        fixed("060", 2, &[bit("V", 16), bit("G", 15), bit("CH", 14), bits("Mode3A", 12, 1)]),
        fixed("245", 7, &[bits("STI", 56, 55), bits("TId", 48, 1).letters()]),
        item("380", Layout::Compound(AIRCRAFT)),
        fixed("040", 2, &[bits("TrkN", 16, 1)]),
        item("080", Layout::Extended(STATUS)),
        item("290", Layout::Compound(UPDATE_AGES)),
        fixed(
            "200",
            1,
            &[bits("TRANSA", 8, 7), bits("LONGA", 6, 5), bits("VERTA", 4, 3), bit("ADF", 2)],
        ),
        item("295", Layout::Compound(DATA_AGES)),
        fixed("136", 2, &[bits("MFL", 16, 1).signed().of(0.25, "FL")]),
        fixed("130", 2, &[bits("Alt", 16, 1).signed().of(6.25, "ft")]),
        fixed("135", 2, &[bit("QNH", 16), bits("CTBA", 15, 1).signed().of(0.25, "FL")]),
        fixed("220", 2, &[bits("RoC", 16, 1).signed().of(6.25, "ft/min")]),
        item("390", Layout::Compound(FLIGHT_PLAN)),
        item("270", Layout::Extended(SIZE)),
        fixed("300", 1, &[bits("VFI", 8, 1)]),
        item("110", Layout::Compound(MODE_5)),
        fixed("120", 2, &[bits("Mode2", 12, 1)]),
        item("510", Layout::Chained(part(3, &[bits("SDPSUID", 24, 17), bits("STN", 16, 2)]))),
        item("500", Layout::Compound(ACCURACIES)),
        item("340", Layout::Compound(MEASURED)),
        SPARE,
        SPARE,
        SPARE,
        SPARE,
        SPARE,
        item("RE", Layout::Explicit),
        item("SP", Layout::Explicit),
    ],
};

const AGE: &[Element] = &[bits("Age", 8, 1).of(0.25, "s")];
const AGE_16: &[Element] = &[bits("Age", 16, 1).of(0.25, "s")];

/// Time since each kind of sensor last told of the track, in quarters of a second.
const UPDATE_AGES: &[Option<Item>] = &[
    fixed("TRK", 1, AGE),
    fixed("PSR", 1, AGE),
    fixed("SSR", 1, AGE),
    fixed("MDS", 1, AGE),
    fixed("ADS", 2, AGE_16),
    fixed("ES", 1, AGE),
    fixed("VDL", 1, AGE),
    fixed("UAT", 1, AGE),
    fixed("LOP", 1, AGE),
    fixed("MLT", 1, AGE),
];

/// Time since each piece of data was last told.
const DATA_AGES: &[Option<Item>] = &[
    fixed("MFL", 1, AGE),
    fixed("MD1", 1, AGE),
    fixed("MD2", 1, AGE),
    fixed("MDA", 1, AGE),
    fixed("MD4", 1, AGE),
    fixed("MD5", 1, AGE),
    fixed("MHG", 1, AGE),
    fixed("IAS", 1, AGE),
    fixed("TAS", 1, AGE),
    fixed("SAL", 1, AGE),
    fixed("FSS", 1, AGE),
    fixed("TID", 1, AGE),
    fixed("COM", 1, AGE),
    fixed("SAB", 1, AGE),
    fixed("ACS", 1, AGE),
    fixed("BVR", 1, AGE),
    fixed("GVR", 1, AGE),
    fixed("RAN", 1, AGE),
    fixed("TAR", 1, AGE),
    fixed("TAN", 1, AGE),
    fixed("GSP", 1, AGE),
    fixed("VUN", 1, AGE),
    fixed("MET", 1, AGE),
    fixed("EMC", 1, AGE),
    fixed("POS", 1, AGE),
    fixed("GAL", 1, AGE),
    fixed("PUN", 1, AGE),
    fixed("MB", 1, AGE),
    fixed("IAR", 1, AGE),
    fixed("MAC", 1, AGE),
    fixed("BPS", 1, AGE),
];
