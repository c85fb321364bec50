//! `standin send`, and what is asked of it and of `standin receive` wrongly.

use super::{SECRET, run, rust, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_is_sent_and_its_answer_told() {
    let port = rust::serve(SECRET).await;
    let right = format!("http://127.0.0.1:{port}/right/hs");
    tokio::task::spawn_blocking(move || {
        let send = |more: &[&str]| {
            let output = run(&[&["send"], more, &["--to", &right]].concat());
            (output.status.code(), text(&output))
        };
        let about = ["--object-id", "77", "--property", "email", "--value", "a@example.com", "--secret", SECRET];
        let (code, out) = send(&[&["contact.propertyChange"], &about[..]].concat());
        assert_eq!(code, Some(0), "{out}");
        for words in [
            "POST /right/hs HTTP/1.1\nHost: 127.0.0.1",
            "User-Agent: HubSpot Connect 2.0",
            "X-HubSpot-Signature-Version: v1\nX-HubSpot-Signature-v3: ",
            r#""objectId":77,"propertyName":"email","propertyValue":"a@example.com""#,
            "=> 204 in 0.",
            "HubSpot would take it as told",
        ] {
            assert!(out.contains(words), "{words}: {out}");
        }
        let (code, out) = send(&["contact.creation", "--secret", "another"]);
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains("=> 401 in ") && out.contains("HubSpot would try it again: up to 10 times"), "{out}");
        let (code, out) = send(&["company.creation", "--secret", SECRET, "--count", "250"]);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("-- 3 of 3"), "{out}");
        let (code, out) = send(&["contact.creation", "--secret", SECRET, "--hostile", "wrong-secret"]);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("as it should be: it was turned away"), "{out}");
    })
    .await
    .unwrap();
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    // Nobody listens where the system has just given a port and taken it back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{port}/hs");
    for (args, words) in [
        (vec!["send", "contact.propertyChanged", "--to", &nowhere], "did you mean `contact.propertyChange`?"),
        (vec!["send", "contact.creation", "--to", &nowhere], "cannot be reached"),
        (vec!["send", "contact.creation", "--to", "https://a/b"], "and this one by --public-url"),
        (vec!["send", "contact.creation", "--to", "127.0.0.1:3101/x"], "has no http:// in front"),
        (vec!["send", "contact.creation", "--to", "ftp://a/b"], "is no address"),
        (vec!["send", "event.completed", "--to", &nowhere, "--hostile", "reorder"], "event.propertyChange"),
        (vec!["send", "--to", &nowhere], "<EVENT>"),
        (vec!["send", "contact.creation", "--to", &nowhere, "--hostile", "duplicate"], "duplicates"),
        (vec!["send", "contact.creation", "--to", &nowhere, "--hostile", "changed-host"], "needs --public-url"),
        (vec!["send", "contact.creation", "--to", &nowhere, "--count", "0"], "--count"),
        (vec!["receive", &nowhere, "--secret", "s"], "cannot be reached"),
        (vec!["receive", &nowhere], "--secret"),
        (vec!["receive", &nowhere, "--secret", "s", "--public-url", "hooks"], "https://hooks.example.com"),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        // What miette folds over lines is read as one.
        let said = text(&output).replace(['\n', '│'], " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_case_does_is_told_where_its_effect_is_not_judged() {
    let port = rust::serve(SECRET).await;
    let send = move |defect: &str, more: &[&str]| {
        let to = format!("http://127.0.0.1:{port}/{defect}/hs");
        let output = run(&[&["send", "--to", &to, "--secret", SECRET], more].concat());
        (output.status.code(), text(&output))
    };
    tokio::task::spawn_blocking(move || {
        // It tells contact.propertyChange, as `receive` does.
        let (code, out) = send("right", &["--hostile", "duplicates"]);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("`standin receive --only duplicates --observe ...` does"), "{out}");
        // Of a hundred refused requests a few are told in full, and the others counted.
        let (code, out) = send("path-only", &["--hostile", "burst"]);
        assert_eq!(code, Some(1), "{out}");
        assert_eq!(out.matches("X-HubSpot-Signature-v3").count(), 3, "{out}");
        assert!(out.contains("100 requests, 0 answered 2xx, 100 not as they should be"), "{out}");
        // What breaks on a forgery has turned nothing away.
        for (defect, status) in [("crashes", "500"), ("redirects", "302"), ("too-often", "429")] {
            let (code, out) = send(defect, &["--hostile", "wrong-secret"]);
            assert_eq!(code, Some(1), "{out}");
            assert!(out.contains(&format!("=> {status} in ")) && out.contains("it was not turned away"), "{out}");
        }
        // Advice breaks nothing.
        let (code, out) = send("undecoded", &["--hostile", "escaped-query"]);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("=> 401 in "), "{out}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sending_has_ids_and_a_trace_of_its_own() {
    let port = rust::serve(SECRET).await;
    let to = format!("http://127.0.0.1:{port}/right/hs");
    tokio::task::spawn_blocking(move || {
        let all: Vec<_> = (0..4)
            .map(|_| super::standin(&["send", "contact.creation", "--to", &to, "--secret", SECRET]))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|child| text(&child.wait_with_output().unwrap()))
            .collect();
        let between = |out: &str, front: &str, end: char| {
            let (_, rest) = out.split_once(front).unwrap_or_else(|| panic!("{front}: {out}"));
            rest.split(end).next().unwrap_or_default().to_owned()
        };
        for (front, end) in [("\"eventId\":", ','), ("traceparent: ", '\n')] {
            let told: std::collections::BTreeSet<_> = all.iter().map(|out| between(out, front, end)).collect();
            assert_eq!(told.len(), all.len(), "{told:?}");
        }
        for trace in all.iter().map(|out| between(out, "traceparent: ", '\n')) {
            // All zeros are no id of a trace or a span.
            let parts: Vec<_> = trace.split('-').collect();
            assert!(parts[1..3].iter().all(|id| id.bytes().any(|digit| digit != b'0')), "{trace}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_is_over_when_the_answers_head_is_there() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            // A body that does not end: it tells nothing that the status has not told.
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nand").await;
            held.push(stream);
        }
    });
    let to = format!("http://127.0.0.1:{port}/hs");
    let output = tokio::task::spawn_blocking(move || run(&["send", "contact.creation", "--to", &to]));
    let output = output.await.unwrap();
    let out = text(&output);
    assert_eq!(output.status.code(), Some(0), "{out}");
    assert!(out.contains("=> 200 in 0.") && out.contains("\nand\n"), "{out}");
}
