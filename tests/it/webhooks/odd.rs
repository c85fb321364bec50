//! Deliveries by the tester's hand that are sent in an odd manner, to an odd address or with one signature: what goes over
//! the wire, and what the world tells of it.

use serde_json::json;
use sim::{ClockMode, Delivery, DispatchState, Dispatches, Forgery, Landed, SystemName, Webhooks, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::receiver::{Got, Receiver};
use super::{deliveries, listening, secret, subscriptions};
use crate::support::{pass, still};

const EVENT: &str = r#"{"eventId":1,"subscriptionType":"contact.creation","objectId":101}"#;

fn odd(forged: Forgery) -> Delivery {
    Delivery { forged: Some(forged), events: vec![serde_json::from_str(EVENT).unwrap()], ..Delivery::default() }
}

fn answered(landed: &Landed) -> (Option<u16>, Option<&str>) {
    (landed.status, landed.failure)
}

/// A receiver that is one conversation over a bare socket.
async fn socket() -> (TcpListener, String) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hubspot/events", socket.local_addr().unwrap());
    (socket, url)
}

/// Reads a request to the end of its body; how much of that was there at each look.
async fn request(stream: &mut TcpStream) -> Vec<usize> {
    let (mut bytes, mut piece, mut looks) = (Vec::new(), [0; 4096], Vec::new());
    loop {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "it broke off");
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        looks.push(body.len());
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return looks;
        }
    }
}

async fn scaled(url: &str) -> World {
    let world = World::builder().seed(7).clock(ClockMode::Scaled(60.0)).start().await.unwrap();
    world.webhooks(url, &subscriptions()).unwrap();
    world
}

#[tokio::test]
async fn the_first_signature_goes_alone_right_or_wrong() {
    let receiver = Receiver::pleased().await;
    let world = listening(&receiver).await;
    for forged in [Forgery::V1Only, Forgery::V1WrongSecret] {
        world.deliver(odd(forged)).await.unwrap();
    }
    let got = receiver.got();
    let signed: Vec<_> = got.iter().map(|got| got.signed_v1(&secret(&world))).collect();
    assert_eq!(signed, [true, false]);
    for got in got {
        assert_eq!(got.header("x-hubspot-signature-version"), Some("v1"));
        assert_eq!((got.header("x-hubspot-signature-v3"), got.header("x-hubspot-request-timestamp")), (None, None));
    }
    let told: Vec<_> = deliveries(&world).into_iter().map(|(_, told)| told.forged.unwrap()).collect();
    assert_eq!(told, ["v1-only", "v1-wrong-secret"]);
}

#[tokio::test]
async fn a_proxy_names_the_public_address_and_may_hide_it_from_the_host() {
    let receiver = Receiver::pleased().await;
    let inner = receiver.url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let world = listening(&receiver).await;
    let refused = world.deliver(odd(Forgery::ChangedHost)).await.unwrap_err().to_string();
    assert!(refused.contains("`publicUrl`") && refused.contains("unknown-host"), "{refused}");
    world.deliver(odd(Forgery::UnknownHost)).await.unwrap();

    let public = "https://hooks.example.com/in";
    let public_url = Some(public.to_owned());
    let webhooks = Webhooks { target_url: receiver.url.clone(), public_url, ..Webhooks::default() };
    world.set_webhooks(None, &webhooks).unwrap();
    world.deliver(Delivery { forged: None, ..odd(Forgery::ChangedHost) }).await.unwrap();
    world.deliver(odd(Forgery::ChangedHost)).await.unwrap();

    let forwarded = |got: &Got| {
        ["host", "x-forwarded-host", "x-forwarded-proto"].map(|name| got.header(name).map(str::to_owned).unwrap())
    };
    let [unknown, plain, changed] = &receiver.got()[..] else { panic!("{:?}", receiver.got()) };
    assert_eq!(forwarded(unknown), [inner.as_str(), "unknown.example.com", "https"]);
    assert_eq!(unknown.signed(&secret(&world), "https://unknown.example.com/hubspot/events"), (true, true));
    assert_eq!(forwarded(plain), ["hooks.example.com", "hooks.example.com", "https"]);
    assert_eq!(forwarded(changed), [inner.as_str(), "hooks.example.com", "https"]);
    for got in [plain, changed] {
        assert_eq!(got.signed(&secret(&world), public), (true, true));
        assert_eq!(got.target, "/hubspot/events");
    }
}

#[tokio::test]
async fn an_address_with_a_query_is_signed_with_its_escapes_decoded() {
    let receiver = Receiver::pleased().await;
    let world = listening(&receiver).await;
    world.deliver(odd(Forgery::EscapedQuery)).await.unwrap();
    let [got] = &receiver.got()[..] else { panic!() };
    assert_eq!(got.target, "/hubspot/events?tag=a%3Ab%2Fc&q=%28x%29&plain=a%20b");
    let signed = format!("{}?tag=a:b/c&q=(x)&plain=a%20b", receiver.url);
    assert_eq!(got.signed(&secret(&world), &signed), (true, true));
    let called = format!("{}?tag=a%3Ab%2Fc&q=%28x%29&plain=a%20b", receiver.url);
    assert_eq!((&deliveries(&world)[0].1.url, &world.dispatches(Dispatches::default(), 9)[0].url), (&called, &called));
}

#[tokio::test]
async fn a_plain_query_is_signed_as_it_is_called() {
    let receiver = Receiver::pleased().await;
    let world = listening(&receiver).await;
    world.deliver(odd(Forgery::QueryString)).await.unwrap();
    let [got] = &receiver.got()[..] else { panic!() };
    assert_eq!(got.target, "/hubspot/events?tag=a&q=x");
    assert_eq!(got.signed(&secret(&world), &format!("{}?tag=a&q=x", receiver.url)), (true, true));
}

#[tokio::test]
async fn a_body_comes_in_pieces_and_an_answer_is_left_unread_for_a_second() {
    let (socket, url) = socket().await;
    let world = still().start().await.unwrap();
    world.webhooks(&url, &subscriptions()).unwrap();
    let served: JoinHandle<Vec<Vec<usize>>> = tokio::spawn(async move {
        let mut all = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = socket.accept().await.unwrap();
            all.push(request(&mut stream).await);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
        all
    });
    for forged in [Forgery::SlowSending, Forgery::SlowReading] {
        let landed = world.deliver(odd(forged)).await.unwrap();
        assert_eq!(answered(&landed), (Some(204), None), "{forged:?}");
    }
    let [sending, reading] = &served.await.unwrap()[..] else { panic!() };
    assert!(sending.len() > 3, "in pieces: {sending:?}");
    assert!(reading.len() < 3, "at once: {reading:?}");
    for (dispatch, (entry, told)) in world.dispatches(Dispatches::default(), 9).iter().zip(deliveries(&world)) {
        assert_eq!((dispatch.state, dispatch.attempts.len()), (DispatchState::Delivered, 1));
        assert!(dispatch.attempts[0].took_ms >= 1_000, "{dispatch:?}");
        assert_eq!(entry.at, told.sent_at, "the world's time stood");
    }
}

#[tokio::test]
async fn what_the_sender_takes_for_itself_is_not_counted_as_the_receivers() {
    let receiver = Receiver::start(|place, _| (place < 2).then_some(200)).await;
    // Five seconds are 83 ms here.
    let world = scaled(&receiver.url).await;
    let each = [Forgery::SlowSending, Forgery::SlowReading];
    for (place, forged) in each.into_iter().chain(each).enumerate() {
        let landed = world.deliver(odd(forged)).await.unwrap();
        let wanted = if place < 2 { (Some(200), None) } else { (None, Some("deadline")) };
        assert_eq!(answered(&landed), wanted, "{forged:?}");
    }
}

#[tokio::test]
async fn the_next_delivery_comes_while_an_answer_is_left_unread() {
    let receiver = Receiver::pleased().await;
    let world = World::builder().seed(7).clock(ClockMode::Real).start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()).unwrap();
    let reading = world.deliver(odd(Forgery::SlowReading));
    let plain = world.deliver(Delivery { forged: None, ..odd(Forgery::SlowReading) });
    let (reading, plain) = tokio::join!(reading, plain);
    assert_eq!((answered(&reading.unwrap()), answered(&plain.unwrap())), ((Some(204), None), (Some(204), None)));
    let told: Vec<_> = deliveries(&world).into_iter().map(|(_, told)| told.forged).collect();
    assert_eq!(told, [None, Some("slow-reading".to_owned())], "in the order of their landing");
}

#[tokio::test]
async fn a_sender_goes_away_after_the_body_and_tells_it_again_in_full() {
    let (socket, url) = socket().await;
    let world = still().start().await.unwrap();
    world.webhooks(&url, &subscriptions()).unwrap();
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"phone": "1"}})]).unwrap();
    let id = crate::support::changes(&world)[0].id.clone();
    let served = tokio::spawn(async move {
        // That of the contact's making waits for a second of the world.
        let (mut stream, _) = socket.accept().await.unwrap();
        request(&mut stream).await;
        let ended = stream.read(&mut [0]).await.unwrap_or_default();
        let (mut stream, _) = socket.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        ended
    });
    let event = json!({"subscriptionType": "contact.creation", "objectId": id});
    let delivery = serde_json::from_value(json!({"forged": "dropped-after-body", "event": event})).unwrap();
    let dropped: Landed = world.deliver(delivery).await.unwrap();
    assert_eq!(answered(&dropped), (None, Some("left")));
    let dispatch =
        world.dispatches(Dispatches { state: Some(DispatchState::GivenUp), ..Dispatches::default() }, 9).pop().unwrap();
    assert_eq!((dispatch.forged, dispatch.attempts[0].error), (Some(Forgery::DroppedAfterBody), Some("left")));
    assert_eq!(answered(&world.redeliver(dispatch.id).await.unwrap()), (Some(200), None));
    assert_eq!(served.await.unwrap(), 0, "the connection ended after the body");

    let [(_, dropped), (_, again)] = &deliveries(&world)[..] else { panic!() };
    assert_eq!((dropped.forged.as_deref(), dropped.attempt), (Some("dropped-after-body"), 0));
    assert_eq!((again.forged.as_deref(), again.attempt), (None, 1));
    let body =
        |told: &sim::journal::Delivered| String::from_utf8(told.request_body.clone().unwrap().0.to_vec()).unwrap();
    assert!(body(dropped).contains(r#""attemptNumber":0"#), "{}", body(dropped));
    assert_eq!(body(again), body(dropped).replace(r#""attemptNumber":0"#, r#""attemptNumber":1"#));
    assert_eq!(
        world.dispatches(Dispatches { state: Some(DispatchState::Delivered), ..Dispatches::default() }, 9)[0]
            .attempts
            .len(),
        2
    );
}

#[tokio::test]
async fn whoever_is_not_there_was_told_nothing() {
    let (socket, url) = socket().await;
    drop(socket);
    let world = still().start().await.unwrap();
    world.webhooks(&url, &subscriptions()).unwrap();
    for forged in [Forgery::DroppedAfterBody, Forgery::SlowSending, Forgery::SlowReading] {
        assert_eq!(answered(&world.deliver(odd(forged)).await.unwrap()), (None, Some("refused")));
    }
    pass(&world, "1m").await;
    assert_eq!(deliveries(&world).len(), 3, "by hand nothing is tried again");
}
