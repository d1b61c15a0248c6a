//! Configurations as they are written, and what is wrong with some.

use watch::subject::RetentionClass;

use super::*;

#[test]
fn paths_are_relative_to_the_file_and_ports_have_defaults() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    std::fs::write(&path, "sector = \"andorra\"\ndata = \"night\"\n").unwrap();

    let config = Config::read(&path).unwrap();

    assert_eq!(config.sector, "andorra");
    assert_eq!(config.data, home.path().join("night"));
    assert_eq!(config.listen, LISTEN_DEFAULT);
    assert_eq!(config.doors.sapient, DoorLimits::default());
    assert_eq!(config.cot_listen, COT_LISTEN_DEFAULT);
    assert_eq!(config.doors.cot.udp, None);
}

#[test]
fn days_for_which_a_class_cannot_be_kept_are_told() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    let read = |line: &str| {
        let text = format!("sector = \"a\"\ndata = \"d\"\n[record.keep_days]\n{line}\n");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    };
    for (line, why) in [
        ("detection = 0", "record.keep_days.detection must be 1 to 3650, got 0"),
        ("access = 90", "record.keep_days.access must be 184 to 3650, got 90"),
        ("decision = 30", "record.keep_days.decision: what is of this class stays for good"),
        (
            "detections = 30",
            "record.keep_days.detections: there is no such class; there are detection, equipment",
        ),
    ] {
        let told = read(line).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
    let mut keep = KeepDays::default();
    keep.keep(RetentionClass::Detection, 30);
    assert_eq!(read("detection = 30").unwrap().keep, keep);
}

#[test]
fn an_unknown_or_wrong_field_is_named_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    for (text, named) in [
        ("sector = \"a\"\ndata = \"d\"\nlisten_on = 1\n", "listen_on"),
        ("sector = \"a\"\ndata = \"d\"\nlisten = \"8080\"\n", "8080"),
        ("data = \"d\"\n", "sector"),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.sapient]\nmessages_per_s = 0.5\n",
            "doors.sapient.messages_per_s must be 1 to 1000000, got 0.5",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nudp_listen = \"127.0.0.1:1\"\nmulticast = \"10.0.0.1\"\n",
            "doors.cot.multicast must be a multicast address, got 10.0.0.1",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.sapient_parent]\nconnect = \"10.0.0.1:5020\"\n",
            "doors.sapient_parent.connect must be on loopback without doors.sapient_parent.tls, got 10.0.0.1:5020",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.sapient_parent]\nnode_id = \"x\"\n",
            "doors.sapient_parent.node_id needs doors.sapient_parent.connect, and there is none",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.sapient_parent]\nconnect = \"127.0.0.1:1\"\nnode_id = \"x\"\n",
            "doors.sapient_parent.node_id must be a uuid of version 4 in lower case, got \"x\"",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.tls]\nnames = [\"a b\"]\n",
            "doors.tls.names must be names or addresses of this station, got \"a b\"",
        ),
        ("sector = \"a\"\ndata = \"d\"\n[doors.sapient.tls]\nport = 5021\n", "port"),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nclass_confidence = nan\n",
            "doors.cot.class_confidence must be 0.01 to 1, got NaN",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.upload]\nconnections_max = 0\n",
            "doors.upload.connections_max must be 1 to 64, got 0",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.mqtt]\nbroker = \"host\"\n[[doors.mqtt.topics]]\nkind = \"weather\"\ntopic = \"a\"\n",
            "doors.mqtt.broker must be a name or an address with a port, such as 127.0.0.1:1883, got \"host\"",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.mqtt]\nbroker = \"127.0.0.1:1883\"\n[[doors.mqtt.topics]]\nkind = \"frigate\"\nsnapshots = \"javascript:alert(1)\"\ncameras.a = { sensor = \"x\", pixels_across = 640 }\n",
            "doors.mqtt.topics.snapshots must be an address",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.mqtt]\nbroker = \"127.0.0.1:1883\"\n",
            "doors.mqtt.topics must be 1 to 64, got 0",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.weather]\npath = \"w\"\npoll_s = 0.5\n",
            "doors.weather.poll_s must be 1 to 86400, got 0.5",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.weather.stations]\nLESU = [1.4, 91]\n",
            "doors.weather.stations.LESU",
        ),
    ] {
        std::fs::write(&path, text).unwrap();

        let error = Config::read(&path).unwrap_err().to_string();

        assert!(error.contains(named) && error.contains("station.toml"), "{error}");
    }
}

#[test]
fn what_is_said_of_other_agencies_is_checked() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    for (text, named) in [
        ("[release]\nhours = 48\n", "release.hours must be 0 to 24, got 48"),
        (
            "[release.labels]\ntower-1 = [\"x\"]\n",
            "release.labels need release.policy, and there is none",
        ),
        ("[identity]\nagency = \" \"\n", "identity.agency must be a name"),
    ] {
        std::fs::write(&path, format!("sector = \"a\"\ndata = \"d\"\n{text}")).unwrap();

        let error = Config::read(&path).unwrap_err().to_string();

        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn a_mesh_may_be_listened_to_and_told_by_the_same_interface() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    let text = "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nudp_listen = \"0.0.0.0:6969\"\nfrom = [\"192.0.2.7\"]\n\
                multicast = \"239.2.3.1\"\nmulticast_interface = \"192.0.2.1\"\n[doors.cot.mesh]\ninterface = \"192.0.2.1\"\n";
    std::fs::write(&path, text).unwrap();

    let cot = Config::read(&path).unwrap().cot();

    let udp = cot.udp.unwrap();
    let from: Vec<String> = udp.from.iter().map(ToString::to_string).collect();
    assert_eq!(from, ["192.0.2.7"]);
    assert_eq!(udp.group.unwrap().interface.to_string(), "192.0.2.1");
    assert_eq!(udp.limits, cot.tcp.limits);
    assert_eq!(cot.mesh.unwrap().to.to_string(), "239.2.3.1:6969");
}

#[test]
fn ways_for_phones_that_make_no_sense_are_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("station.toml");
    for (text, named) in [
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot.mesh]\ninterface = \"0.0.0.0\"\n",
            "doors.cot.mesh.interface must be an address of this machine, got 0.0.0.0",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot.mesh]\ninterface = \"192.0.2.1\"\nttl = 0\n",
            "doors.cot.mesh.ttl must be 1 to 32, got 0",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nudp_listen = \"0.0.0.0:6969\"\nmulticast = \"239.2.3.1\"\n\
             from = [\"127.0.0.1\"]\n[doors.cot.mesh]\ninterface = \"127.0.0.1\"\n",
            "doors.cot.mesh.to must not be what doors.cot.udp_listen listens to by the loopback interface",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nudp_listen = \"0.0.0.0:6969\"\nmulticast = \"239.2.3.1\"\n\
             multicast_interface = \"192.0.2.1\"\n",
            "doors.cot.udp_listen is 0.0.0.0:6969, which others reach, and datagrams do not prove who sent them: \
             name the senders' addresses in doors.cot.from",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot]\nfrom = [\"10.0.0.5\"]\n",
            "doors.cot.from needs doors.cot.udp_listen, and there is none",
        ),
        (
            "sector = \"a\"\ndata = \"d\"\n[doors.cot.enrolment]\nlisten = \"0.0.0.0:8446\"\n",
            "doors.cot.enrolment needs doors.cot.tls, and there is none",
        ),
    ] {
        std::fs::write(&path, text).unwrap();

        let error = Config::read(&path).unwrap_err().to_string();

        assert!(error.contains(named), "{error}");
    }
}
