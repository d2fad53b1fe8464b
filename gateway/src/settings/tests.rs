use std::path::Path;

use super::{Durability, Loaded, LogFormat, Settings, SettingsError, Sources, load, to_toml};

fn sources(dir: &Path, file: &str, environment: &[(&str, &str)]) -> Sources {
    let path = dir.join("settings.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Sources { file: Some(path), environment: environment.collect(), flags: Vec::new() }
}

fn try_load(file: &str, environment: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let dir = tempfile::tempdir().unwrap();
    load(&sources(dir.path(), file, environment))
}

#[test]
fn nothing_set_is_the_default() {
    let loaded = try_load("", &[]).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert!(loaded.origins.is_empty());
}

#[test]
fn a_flag_overrules_the_environment_and_that_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:1'\ndurability = 'relaxed'\n[log]\nlevel = 'warn'\n";
    let environment = [("CAMBIUM_LISTEN", "127.0.0.1:2"), ("CAMBIUM_LOG", "debug")];
    let mut sources = sources(dir.path(), file, &environment);
    sources.flags = vec![("listen", "--listen", "127.0.0.1:3".to_owned())];
    let loaded = load(&sources).unwrap();
    assert_eq!(loaded.settings.listen.port(), 3);
    assert_eq!(loaded.settings.log.level, "debug");
    assert_eq!(loaded.settings.durability, Durability::Relaxed);
    assert_eq!(loaded.origins["listen"], "flag --listen");
    assert_eq!(loaded.origins["log.level"], "environment CAMBIUM_LOG");
    assert!(loaded.origins["durability"].starts_with("file "));
}

#[test]
fn nested_settings_have_long_variables() {
    let environment = [
        ("CAMBIUM_LOG__FORMAT", "json"),
        ("CAMBIUM_ACTORS__CELLS_AWAKE_MAX", "7"),
        ("CAMBIUM_EDGE__REQUESTS_CONCURRENT_MAX", "11"),
        ("CAMBIUM_NATS_URL", "nats://h:1"),
        ("CAMBIUM_NATS_PASSWORD", "n8Vw2pQx7RtYk4Zs"),
        ("CAMBIUM_PROJECTIONS__READ_CONNECTIONS_MAX", "3"),
    ];
    let loaded = try_load("[nats]\nack_pending_max = 9", &environment).unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.actors.cells_awake_max, 7);
    assert_eq!(settings.edge.requests_concurrent_max, 11);
    assert_eq!(settings.nats.url.as_deref(), Some("nats://h:1"));
    assert_eq!((settings.nats.ack_pending_max, settings.projections.read_connections_max), (9, 3));
    assert!(!to_toml(&loaded).contains("n8Vw2pQx7RtYk4Zs"));
    let error = try_load("", &[("CAMBIUM_ACTORS__CELLS_AWAKE_MAX", "many")]).unwrap_err();
    let origin = "actors.cells_awake_max (environment CAMBIUM_ACTORS__CELLS_AWAKE_MAX)";
    assert!(error.to_string().contains(origin), "{error}");
    let error = try_load("[nats]\nreplicas = 2", &[]).unwrap_err();
    assert!(error.to_string().contains("nats.replicas (file "), "{error}");
    for (name, bad) in
        [("chain_hops_max", "0"), ("chain_hops_max", "10001"), ("chain_rest_ms", "0")]
    {
        let error = try_load(&format!("[actors]\n{name} = {bad}"), &[]).unwrap_err();
        assert!(error.to_string().contains(&format!("actors.{name} (file ")), "{error}");
    }
}

#[test]
fn an_unknown_name_is_named_with_its_origin() {
    let error = try_load("lisen = '127.0.0.1:1'", &[]).unwrap_err();
    assert!(matches!(&error, SettingsError::Unknown { key, .. } if key == "lisen"), "{error}");
    assert!(error.to_string().contains("did you mean listen?"), "{error}");

    let error = try_load("[log]\nlevell = 'warn'", &[]).unwrap_err();
    assert!(error.to_string().contains("there is no setting log.levell (file "), "{error}");

    let error = try_load("", &[("CAMBIUM_LISTENN", "x")]).unwrap_err();
    assert!(error.to_string().contains("listenn (environment CAMBIUM_LISTENN)"), "{error}");
}

#[test]
fn variables_of_clients_and_platforms_are_left_alone() {
    let environment = [
        ("CAMBIUM_URL", "http://x"),
        ("CAMBIUM_KEY", "k"),
        ("CAMBIUM_PORT", "tcp://10.0.0.1:80"),
        ("CAMBIUM_SERVICE_HOST", "10.0.0.1"),
        ("CAMBIUM_DATABASE_URL", ""),
        ("PATH", "/bin"),
    ];
    assert_eq!(try_load("", &environment).unwrap().settings, Settings::default());
}

#[test]
fn a_wrong_value_is_named_with_its_origin() {
    let error = try_load("", &[("CAMBIUM_LISTEN", "everywhere")]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("listen (environment CAMBIUM_LISTEN): must be an address"), "{text}");
    let error = try_load("durability = 'perhaps'", &[]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("durability (file ")
            && text.ends_with("must be always or relaxed, not perhaps"),
        "{text}"
    );
    let error = try_load("nats_server = '/nowhere/nats-server'", &[]).unwrap_err();
    assert!(error.to_string().contains("nats_server (file "), "{error}");
    let error = try_load("database_url = 'mysql://x'", &[]).unwrap_err();
    assert!(error.to_string().contains("database_url"), "{error}");
    assert!(!error.to_string().contains("mysql"), "a URL may hold a password: {error}");
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let sources = Sources { file: Some("/nowhere/at/all.toml".into()), ..Sources::default() };
    assert!(matches!(load(&sources).unwrap_err(), SettingsError::File { .. }));
    let error = try_load("listen = ", &[]).unwrap_err();
    assert!(matches!(error, SettingsError::File { .. }), "{error}");
}

#[test]
fn what_is_printed_masks_secrets_and_can_be_read_again() {
    let url = "postgres://me:n8Vw2pQx7RtYk4Zs@db/cambium";
    let environment = [("CAMBIUM_DATABASE_URL", url), ("CAMBIUM_DURABILITY", "relaxed")];
    let loaded = try_load("", &environment).unwrap();
    assert_eq!(loaded.settings.database_url.as_ref().unwrap().reveal(), url);
    let text = to_toml(&loaded);
    assert!(
        !text.contains("n8Vw2pQx7RtYk4Zs") && !format!("{loaded:?}").contains("n8Vw2pQx7RtYk4Zs"),
        "{text}"
    );
    assert!(text.contains("durability = \"relaxed\"  # environment CAMBIUM_DURABILITY"), "{text}");
    let again = try_load(&text.replace("database_url = \"********\"", ""), &[]).unwrap();
    assert_eq!(again.settings.durability, Durability::Relaxed);
}

#[test]
fn the_broker_program_is_named_by_either_of_two_settings() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    let other = dir.path().join("other");
    for path in [&one, &other] {
        std::fs::write(path, "").unwrap();
    }
    let nested = |path: &Path| format!("[nats.server]\nserver_path = '{}'\n", path.display());
    let settings = try_load(&nested(&one), &[]).unwrap().settings;
    assert_eq!(settings.nats.server.server_path.as_deref(), Some(&*one));
    let environment = [("CAMBIUM_NATS_SERVER", one.to_str().unwrap())];
    assert!(try_load(&nested(&one), &environment).is_ok(), "twice the same");
    let error = try_load(&nested(&other), &environment).unwrap_err().to_string();
    assert!(error.contains("nats.server.server_path") && error.contains("only one"), "{error}");
    let error = try_load(&nested(&dir.path().join("none")), &[]).unwrap_err().to_string();
    assert!(error.contains("there is no file"), "{error}");
    for (line, instead) in [
        ("dir = 'elsewhere'", "data"),
        ("access_file = 'elsewhere'", "data"),
        ("sync_always = false", "durability"),
    ] {
        let error = try_load(&format!("[nats.server]\n{line}\n"), &[]).unwrap_err().to_string();
        assert!(error.contains(&format!("follows from {instead}")), "{error}");
    }
}
