#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cambium_tests::fuzz::run("csv", bytes));
