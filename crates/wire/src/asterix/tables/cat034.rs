//! Category 034, monoradar service messages (SPEC-149-2b edition 1.27).

use super::{Category, POSITION_24_DEG, SOURCE, SPARE, TIME_OF_DAY, TURN_16_DEG, fixed, item};
use crate::asterix::layout::{Layout, bit, bits, part};

pub static CAT034: Category = Category {
    number: 34,
    items: &[
        fixed("010", 2, SOURCE),
        fixed("000", 1, &[bits("MsgTyp", 8, 1)]),
        fixed("030", 3, TIME_OF_DAY),
        fixed("020", 1, &[bits("Azi", 8, 1).of(360.0 / 256.0, "deg")]),
        fixed("041", 2, &[bits("RotS", 16, 1).of(1.0 / 128.0, "s")]),
        item(
            "050",
            Layout::Compound(&[
                fixed(
                    "COM",
                    1,
                    &[
                        bit("NOGO", 8),
                        bit("RDPC", 7),
                        bit("RDPR", 6),
                        bit("OVLRDP", 5),
                        bit("OVLXMT", 4),
                        bit("MSC", 3),
                        bit("TSV", 2),
                    ],
                ),
                SPARE,
                SPARE,
                fixed(
                    "PSR",
                    1,
                    &[bit("PSRANT", 8), bits("PSRCHAB", 7, 6), bit("PSROVL", 5), bit("PSRMSC", 4)],
                ),
                fixed(
                    "SSR",
                    1,
                    &[bit("SSRANT", 8), bits("SSRCHAB", 7, 6), bit("SSROVL", 5), bit("SSRMSC", 4)],
                ),
                fixed(
                    "MDS",
                    2,
                    &[
                        bit("MDSANT", 16),
                        bits("MDSCHAB", 15, 14),
                        bit("MDSOVLSUR", 13),
                        bit("MDSMSC", 12),
                        bit("MDSSCF", 11),
                        bit("MDSDLF", 10),
                        bit("MDSOVLSCF", 9),
                        bit("MDSOVLDLF", 8),
                    ],
                ),
            ]),
        ),
        item(
            "060",
            Layout::Compound(&[
                fixed("COM", 1, &[bits("REDRDP", 7, 5), bits("REDXMT", 4, 2)]),
                SPARE,
                SPARE,
                fixed("PSR", 1, &[bit("POL", 8), bits("PSRREDRAD", 7, 5), bits("STC", 4, 3)]),
                fixed("SSR", 1, &[bits("SSRREDRAD", 8, 6)]),
                fixed("MDS", 1, &[bits("MDSREDRAD", 8, 6), bit("CLU", 5)]),
            ]),
        ),
        item("070", Layout::Repetitive(part(2, &[bits("TYP", 16, 12), bits("counter", 11, 1)]))),
        fixed(
            "100",
            8,
            &[
                bits("RhoS", 64, 49).of(1.0 / 256.0, "NM"),
                bits("RhoE", 48, 33).of(1.0 / 256.0, "NM"),
                bits("ThetaS", 32, 17).of(TURN_16_DEG, "deg"),
                bits("ThetaE", 16, 1).of(TURN_16_DEG, "deg"),
            ],
        ),
        fixed("110", 1, &[bits("TYP", 8, 1)]),
        fixed(
            "120",
            8,
            &[
                bits("Height", 64, 49).of(1.0, "m"),
                bits("LAT", 48, 25).signed().of(POSITION_24_DEG, "deg"),
                bits("Lon", 24, 1).signed().of(POSITION_24_DEG, "deg"),
            ],
        ),
        fixed(
            "090",
            2,
            &[
                bits("RngErr", 16, 9).signed().of(1.0 / 128.0, "NM"),
                bits("AziErr", 8, 1).signed().of(360.0 / 16_384.0, "deg"),
            ],
        ),
        item("RE", Layout::Explicit),
        item("SP", Layout::Explicit),
    ],
};
