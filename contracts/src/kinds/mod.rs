//! One page per kind, and the registry of those that come with the program.

pub mod approval;
pub mod assistant;
pub mod budget;
pub mod chaperone;
pub mod check;
pub mod circadian;
pub mod connector;
pub mod conversation;
pub mod counter;
pub mod cron;
pub mod embedding;
pub mod file;
pub mod generated;
pub mod item;
pub mod job;
pub mod knowledge;
pub mod limit;
pub mod myocyte;
pub mod nucleus;
pub mod organization;
pub mod osteon;
pub mod policy;
pub mod principal;
pub mod run;
pub mod subject;
pub mod suspend;
pub mod synapse;
pub mod thread;
pub mod webhook;

use crate::page::{PageRef, Pages};

impl Pages {
    /// The pages of the kinds that come with the program, in the order of their names.
    #[must_use]
    pub fn standard() -> Self {
        Self::new([
            PageRef::of::<approval::Approval>(),
            PageRef::of::<assistant::Assistant>(),
            PageRef::of::<budget::Budget>(),
            PageRef::of::<chaperone::Chaperone>(),
            PageRef::of::<circadian::Circadian>(),
            PageRef::of::<connector::Connector>(),
            PageRef::of::<conversation::Conversation>(),
            PageRef::of::<counter::Counter>(),
            PageRef::of::<cron::Cron>(),
            PageRef::of::<embedding::Embedding>(),
            PageRef::of::<file::File>(),
            PageRef::of::<item::Item>(),
            PageRef::of::<job::Job>(),
            PageRef::of::<knowledge::Knowledge>(),
            PageRef::of::<limit::Limit>(),
            PageRef::of::<myocyte::Myocyte>(),
            PageRef::of::<nucleus::Nucleus>(),
            PageRef::of::<organization::Organization>(),
            PageRef::of::<osteon::Osteon>(),
            PageRef::of::<policy::Policy>(),
            PageRef::of::<principal::Principal>(),
            PageRef::of::<run::Run>(),
            PageRef::of::<subject::Subject>(),
            PageRef::of::<synapse::Synapse>(),
            PageRef::of::<thread::Thread>(),
            PageRef::of::<webhook::Webhook>(),
        ])
    }
}
