//! What every implementation of the ports must do, written once and run on each: on JetStream and
//! in memory. [`behaviour_suite!`](crate::behaviour_suite) makes a test of each case.
#![expect(clippy::unwrap_used, reason = "a case that cannot go on has failed, and says where")]

pub mod archive;
pub mod asks;
pub mod blobs;
pub mod checkpoints;
pub mod cluster;
pub mod commands;
pub mod feed;
pub mod follow;
pub mod gossip;
pub mod kept;
pub mod leases;
pub mod live;
pub mod log;
#[cfg(test)]
mod on_memory;
#[cfg(test)]
pub(crate) mod on_nats;
pub mod peers;
pub mod records;
pub mod redelivery;
pub mod store;
pub mod timers;
pub mod work;
pub mod world;

pub use world::World;

/// Makes a test of each case of the suite, each in a world of its own that `$make()` builds.
#[macro_export]
macro_rules! behaviour_suite {
    ($make:path) => {
        $crate::behaviour_cases! { $make;
            log:
                appended_messages_are_read_back
                a_look_tells_how_a_history_begins
                a_stale_expectation_is_refused
                of_64_equal_expectations_one_wins
                actors_do_not_disturb_each_other
                a_run_is_stored_whole_or_not_at_all
                a_run_has_from_one_message_to_the_most
                a_payload_over_the_limit_is_refused
                many_messages_are_read_in_pages
                positions_without_a_message_are_empty;
            follow:
                all_messages_come_in_order_from_any_position
                foreign_subjects_are_told_by_their_position
                some_kinds_are_read_up_to_a_position
                large_messages_do_not_stop_the_reader
                an_interruption_loses_and_repeats_nothing;
            feed:
                old_and_new_entries_are_one_sequence
                who_fell_behind_the_ring_misses_nothing
                reached_waits_for_its_position
                an_interruption_is_not_seen
                what_was_stored_need_not_come_by
                what_was_stored_is_told_once_and_in_order
                garbage_is_an_entry_too;
            checkpoints:
                a_checkpoint_replaces_the_last
                a_forgotten_checkpoint_is_gone;
            commands:
                a_command_arrives_as_it_was_sent
                commands_of_an_actor_keep_their_order
                partitions_are_apart
                large_commands_do_not_stop_the_queue
                addresses_without_partition_find_theirs
                subjects_that_are_no_actors_are_told
                headers_that_cannot_be_sent_are_refused
                an_answer_reaches_its_subject
                consumers_survive_an_interruption;
            redelivery:
                an_unsettled_command_comes_again
                an_acknowledged_command_is_gone
                retry_delays_the_next_delivery
                work_in_progress_is_not_delivered_again
                what_a_gone_consumer_held_goes_to_the_next;
            asks:
                a_request_is_answered
                of_two_servers_one_gets_each_request
                nobody_serving_is_no_answer
                strange_requests_are_told;
            work:
                a_worker_is_answered
                strange_work_is_told
                of_two_boards_one_gets_each_request;
            timers:
                a_timer_fires_as_a_command
                a_timer_whose_time_has_passed_fires_at_once
                setting_again_replaces
                a_cancelled_timer_never_fires
                timers_of_other_names_are_apart;
            leases:
                one_holder_at_a_time
                a_free_lease_goes_to_another_with_a_higher_epoch
                a_lease_that_runs_out_is_lost
                one_of_many_gets_a_free_lease
                all_leases_are_listed;
            kept:
                a_snapshot_replaces_the_last
                a_snapshot_over_the_limit_is_refused
                audit_records_are_read_by_tenant
                audit_records_are_followed
                the_beginning_of_a_chain_is_purged
                letters_are_listed_whole
                the_letters_of_an_actor_are_a_queue
                a_letter_is_taken_away
                a_letter_as_large_as_a_message_is_kept;
            records:
                batches_are_followed_in_the_order_of_their_storing
                the_beginning_of_a_place_is_purged_and_of_no_other
                a_batch_over_the_limit_is_refused;
            blobs:
                content_is_kept_under_its_hash
                tenants_do_not_see_each_others
                damage_is_told
                large_and_empty_content;
            gossip:
                what_is_told_reaches_all_who_listen
                topics_are_apart;
            peers:
                a_call_is_answered_by_whoever_has_the_name
                where_nobody_serves_a_call_is_told_so
                a_silent_peer_is_told_from_none;
            live:
                signals_reach_who_listens
                filters_hold;
            store:
                a_name_is_created_once
                a_value_changes_from_its_revision_only
                of_many_writers_one_wins
                a_deleted_value_is_gone_and_its_name_is_free
                names_are_listed_by_their_beginning
                names_and_values_have_limits
                a_value_is_forgotten_after_its_time
                changes_are_told
                an_interruption_hides_no_change;
            archive:
                a_batch_is_stored_whole_and_marked
                a_stale_batch_stores_nothing
                a_full_batch_is_stored
                tree_heads_are_never_replaced
                parts_of_the_tree_are_replaced;
        }
    };
}

/// Makes the tests of [`behaviour_suite!`]; not for use by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! behaviour_cases {
    ($make:path; $($port:ident: $($case:ident)+;)+) => {$(
        mod $port {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let world = $make().await;
                    let case = $crate::suite::$port::$case(&world);
                    let limit = std::time::Duration::from_secs(60);
                    tokio::time::timeout(limit, case).await.expect("the case ends in time");
                }
            )+
        }
    )+};
}
