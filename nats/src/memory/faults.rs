use std::time::Duration;

/// What goes wrong in a world: at counted places, or by chance from a seed. Appends and deliveries
/// are counted from 1 since [`super::Memory::set_faults`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Where chance starts; the same seed and the same calls go wrong in the same way.
    pub seed: u64,
    /// Appends that are stored and told to be in doubt.
    pub lose_ack_of: Vec<u64>,
    /// Appends that are told to be in doubt and not stored.
    pub lose_append: Vec<u64>,
    /// Appends that find the log away; not stored.
    pub fail_append: Vec<u64>,
    /// Appends that are stored and told to be a conflict, as by a server that lies behind.
    pub deny_append: Vec<u64>,
    /// Whoever reads an actor finds the log away.
    pub fail_reads: bool,
    /// Deliveries of commands that come twice.
    pub duplicate_delivery: Vec<u64>,
    /// Of a thousand appends, so many lose their acknowledgement.
    pub lose_ack_permille: u16,
    /// Of a thousand appends, so many are in doubt and not stored.
    pub lose_append_permille: u16,
    /// Of a thousand appends, so many find the log away.
    pub fail_append_permille: u16,
    /// Of a thousand appends, so many are stored and told to be a conflict.
    pub deny_append_permille: u16,
    /// Of a thousand deliveries, so many come twice.
    pub duplicate_permille: u16,
    /// Appends are stored after a random pause of at most this, in milliseconds of tokio's clock.
    pub delay_ms_max: u64,
}

/// The fate of one append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AppendFate {
    Stored,
    AckLost,
    Denied,
    Lost,
    Failed,
}

/// Faults with their counters.
#[derive(Default)]
pub(super) struct Plan {
    faults: Faults,
    random: u64,
    appends: u64,
    deliveries: u64,
}

impl Plan {
    pub(super) fn new(faults: Faults) -> Self {
        let random = faults.seed;
        Self { faults, random, appends: 0, deliveries: 0 }
    }

    pub(super) const fn appends(&self) -> u64 {
        self.appends
    }

    pub(super) fn append(&mut self) -> (AppendFate, Duration) {
        self.appends += 1;
        // All numbers are drawn for every append, so that one fault's rate moves no other.
        let draws = [self.permille(), self.permille(), self.permille(), self.permille()];
        let pause = self.next();
        let (faults, nth) = (&self.faults, &self.appends);
        let fate = if faults.fail_append.contains(nth) || draws[0] < faults.fail_append_permille {
            AppendFate::Failed
        } else if faults.lose_append.contains(nth) || draws[1] < faults.lose_append_permille {
            AppendFate::Lost
        } else if faults.lose_ack_of.contains(nth) || draws[2] < faults.lose_ack_permille {
            AppendFate::AckLost
        } else if faults.deny_append.contains(nth) || draws[3] < faults.deny_append_permille {
            AppendFate::Denied
        } else {
            AppendFate::Stored
        };
        (fate, Duration::from_millis(pause % (faults.delay_ms_max + 1)))
    }

    pub(super) const fn fails_reads(&self) -> bool {
        self.faults.fail_reads
    }

    pub(super) fn duplicates(&mut self) -> bool {
        self.deliveries += 1;
        let draw = self.permille();
        self.faults.duplicate_delivery.contains(&self.deliveries)
            || draw < self.faults.duplicate_permille
    }

    fn permille(&mut self) -> u16 {
        u16::try_from(self.next() % 1_000).unwrap_or(0)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, good enough for chance.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
