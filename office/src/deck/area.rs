//! Where things stand, in English metric units: 12,700 to a point, 914,400 to an inch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in English metric units.
pub const POINT_EMU: i64 = 12_700;

/// How large a slide is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// How wide, in English metric units.
    #[schemars(range(min = 914_400, max = 51_206_400))]
    pub wide: i64,
    /// How high, in English metric units.
    #[schemars(range(min = 914_400, max = 51_206_400))]
    pub high: i64,
}

/// The shortest and the longest side of a slide that programs take, in English metric units.
pub(super) const SIDE_EMU: std::ops::RangeInclusive<i64> = 914_400..=51_206_400;

impl Size {
    /// 16 to 9: 960 by 540 points.
    pub const WIDE: Self = Self { wide: 960 * POINT_EMU, high: 540 * POINT_EMU };
}

/// A box on a slide, in English metric units from its left and top.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// How far it is from the left.
    pub x: i64,
    /// How far it is from the top.
    pub y: i64,
    /// How wide it is.
    pub wide: i64,
    /// How high it is.
    pub high: i64,
}

/// The farthest that anything is from anything, in English metric units.
pub(super) const REACH_EMU: i64 = 1_000_000_000;

impl Area {
    /// A box in whole points.
    #[must_use]
    pub const fn points(x: i64, y: i64, wide: i64, high: i64) -> Self {
        Self { x: x * POINT_EMU, y: y * POINT_EMU, wide: wide * POINT_EMU, high: high * POINT_EMU }
    }

    /// Left, top, width and height in points.
    #[must_use]
    pub fn in_points(self) -> [f64; 4] {
        [self.x, self.y, self.wide, self.high].map(points)
    }

    /// The largest box of these proportions in the middle of this one.
    #[must_use]
    pub fn holding(self, wide: u32, high: u32) -> Self {
        let (wide, high) = (i128::from(wide.max(1)), i128::from(high.max(1)));
        let (room_wide, room_high) = (i128::from(self.wide), i128::from(self.high));
        let fits = room_wide * high <= room_high * wide;
        let (wide, high) = if fits {
            (room_wide, room_wide * high / wide)
        } else {
            (room_high * wide / high, room_high)
        };
        let (wide, high) = (small(wide).max(1), small(high).max(1));
        Self { x: self.x + (self.wide - wide) / 2, y: self.y + (self.high - high) / 2, wide, high }
    }

    /// Whether it can stand on a slide.
    pub(super) fn is_sane(self) -> bool {
        let near = |length: i64| length.abs() <= REACH_EMU;
        [self.x, self.y].into_iter().all(near)
            && [self.wide, self.high].into_iter().all(|length| length >= 0 && near(length))
    }
}

fn small(length: i128) -> i64 {
    i64::try_from(length).unwrap_or(REACH_EMU)
}

/// A length in points.
#[must_use]
pub fn points(length: i64) -> f64 {
    length as f64 / POINT_EMU as f64
}

/// A length in points as the nearest in English metric units.
#[must_use]
pub fn emu(points: f64) -> i64 {
    (points * POINT_EMU as f64).round() as i64
}
