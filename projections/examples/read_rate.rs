//! Prints how many commits per second all read models fold.

use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let scratch = tempfile::tempdir()?;
        let commits = std::env::args().nth(1).map_or(Ok(20_000), |text| text.parse())?;
        // A PostgreSQL server, when one is named behind the number.
        let server = std::env::args().nth(2).map(contracts::secret::Secret::new);
        let within = Duration::from_secs(600);
        let report = projections::bench::run(scratch.path(), server.as_ref(), commits, within);
        let json = serde_json::to_string_pretty(&report.await?)?;
        std::io::Write::write_all(&mut std::io::stdout(), json.as_bytes())?;
        Ok(())
    })
}
