//! What the control API tells of deliveries, one of them once more, and where they come from.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::post;
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sim::{Control, Delivery, DispatchState, Dispatches, Host, Moment, SystemName, World};

use super::receiver::Receiver;
use super::{deliveries, subscriptions};
use crate::support::{pass, still};

fn put(world: &World, name: &str) {
    let contact = json!({"properties": {"firstname": name}});
    world.put(SystemName::Hubspot, "contacts", vec![contact]).unwrap();
}

async fn creations(receiver: &Receiver) -> World {
    let world = still().start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    world
}

/// The states of the deliveries and how many attempts each has had.
fn states(world: &World) -> Vec<(DispatchState, usize)> {
    world.dispatches(Dispatches::default(), 100).iter().map(|told| (told.state, told.attempts.len())).collect()
}

#[tokio::test]
async fn each_delivery_says_where_it_stands() {
    use DispatchState::{Delivered, GivenUp, Pending, Retrying};
    let receiver =
        Receiver::start(|_, got| Some(if got.body.contains(r#""attemptNumber":2"#) { 200 } else { 500 })).await;
    let world = creations(&receiver).await;
    put(&world, "Kim");
    assert_eq!(states(&world), [(Pending, 0)]);
    let waiting = &world.dispatches(Dispatches::default(), 1)[0];
    assert_eq!(waiting.next_attempt, Some(Moment::START.plus(1_000)));
    assert_eq!(waiting.events[0]["attemptNumber"], 0);
    pass(&world, "1s").await;
    assert_eq!(states(&world), [(Retrying, 1)]);
    let failed = &world.dispatches(Dispatches::default(), 1)[0];
    let attempt = &failed.attempts[0];
    assert_eq!((attempt.at, attempt.status, attempt.error), (Moment::START.plus(1_000), Some(500), None));
    assert_eq!(deliveries(&world)[0].0.n, attempt.journal);
    let due = failed.next_attempt.unwrap().since(Moment::START);
    assert!((49_000..=75_000).contains(&due), "{due}");
    pass(&world, "10m").await;
    assert_eq!(states(&world), [(Delivered, 3)]);
    let told = &world.dispatches(Dispatches::default(), 1)[0];
    assert_eq!((told.next_attempt, &told.events[0]["attemptNumber"]), (None, &json!(2)));
    assert_eq!((told.id, told.url.as_str()), (1, receiver.url.as_str()));

    let nobody = world.dispatches(Dispatches { after: 1, ..Dispatches::default() }, 100);
    assert!(nobody.is_empty(), "{nobody:?}");
    let broken = Receiver::start(|_, _| Some(404)).await;
    world.webhooks(&broken.url, &subscriptions()[..1]).unwrap();
    put(&world, "Lee");
    pass(&world, "25h").await;
    assert_eq!(states(&world), [(Delivered, 3), (GivenUp, 11)]);
    assert_eq!(world.dispatches(Dispatches { state: Some(GivenUp), ..Dispatches::default() }, 100)[0].id, 2);
    world.reset();
    assert!(states(&world).is_empty());
}

#[tokio::test]
async fn a_delivery_goes_out_again_by_hand_and_what_has_arrived_is_not_tried_again() {
    let answers = Arc::new(Mutex::new(500));
    let given = answers.clone();
    let receiver = Receiver::start(move |_, _| Some(*given.lock())).await;
    let world = creations(&receiver).await;
    put(&world, "Kim");
    pass(&world, "1s").await;
    let failed = world.redeliver(1).await.unwrap();
    assert_eq!(failed.status, Some(500));
    assert_eq!(states(&world), [(DispatchState::Retrying, 2)], "it is tried again as it would have been");
    *answers.lock() = 200;
    let landed = world.redeliver(1).await.unwrap();
    assert_eq!(landed.status, Some(200));
    assert_eq!(deliveries(&world).last().unwrap().0.n, landed.journal);
    assert_eq!(states(&world), [(DispatchState::Delivered, 3)]);
    pass(&world, "25h").await;
    assert_eq!(receiver.got().len(), 3, "nothing is sent that has arrived");
    assert_eq!(
        receiver.got().iter().map(|got| got.events()[0]["attemptNumber"].clone()).collect::<Vec<_>>(),
        [0, 1, 1],
        "by hand the attempt that is next is told"
    );
    assert!(receiver.got().iter().all(|got| got.signed(&super::secret(&world), &receiver.url) == (true, true)));
    world.redeliver(1).await.unwrap();
    assert_eq!(receiver.got().len(), 4, "twice, if one likes");
    let unknown = world.redeliver(9).await.unwrap_err().to_string();
    assert_eq!(unknown, "there is no delivery 9, or it was over long ago");

    let two = json!([{"eventId": 1}, {"eventId": 2}]);
    let delivery = Delivery { events: two.as_array().unwrap().clone(), ..Delivery::default() };
    *answers.lock() = 500;
    world.deliver(delivery).await.unwrap();
    let by_hand = world.dispatches(Dispatches { after: 1, ..Dispatches::default() }, 10).remove(0);
    assert_eq!((by_hand.state, by_hand.events), (DispatchState::GivenUp, two.as_array().unwrap().clone()));
    assert_eq!(by_hand.attempts.len(), 1, "one request, one attempt");
}

#[tokio::test]
async fn the_control_api_tells_deliveries_and_sends_one_again() {
    let receiver = Receiver::start(|place, _| Some(if place == 0 { 503 } else { 204 })).await;
    let control = Control::start(Arc::new(Host::new(World::builder())), [127, 0, 0, 1].into(), 0).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let root = format!("{}/_standin", control.url());
    let call = async |method: &str, path: &str, body: Value| {
        let request = http.request(method.parse().unwrap(), format!("{root}/{path}"));
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let none = || json!({});
    call("POST", "worlds", json!({"id": "a", "clock": "manual", "deliver_from": ["127.0.0.1"]})).await;
    call("POST", "worlds", json!({"id": "b", "clock": "manual"})).await;
    let webhooks = json!({"targetUrl": receiver.url, "subscriptions": [{"subscriptionType": "deal.restore"}]});
    let (status, told) = call("PUT", "hubspot/webhooks?world=a&app=public", webhooks.clone()).await;
    assert_eq!((status, &told["subscriptions"][0]["active"]), (200, &json!(true)));
    let (_, shown) = call("GET", "hubspot/webhooks?world=a&app=public", none()).await;
    assert_eq!((&shown["targetUrl"], &shown["maxConcurrentRequests"]), (&json!(receiver.url), &json!(10)));
    let (_, shown) = call("GET", "hubspot/webhooks?world=a", none()).await;
    assert_eq!(shown["targetUrl"], Value::Null, "the private app has its own");

    let deal = json!({"records": [{"properties": {"dealname": "One", "dealstage": "appointmentscheduled"}}]});
    call("POST", "state/hubspot/deals?world=a", deal).await;
    let (_, state) = call("GET", "state/hubspot/deals?world=a", none()).await;
    let id = state["records"][0]["id"].clone();
    let (status, refused) = call("POST", "hubspot/restore?world=a", json!({"type": "deals", "ids": [id]})).await;
    assert_eq!(
        (status, &refused["error"]["message"]),
        (400, &json!(format!("there is no archived record {}", id.as_str().unwrap())))
    );
    let hubspot = call("GET", "worlds", none()).await.1["worlds"][0]["systems"]["hubspot"].clone();
    let (url, token) = (hubspot["url"].as_str().unwrap(), hubspot["token"].as_str().unwrap());
    let gone = http.delete(format!("{url}/crm/v3/objects/deals/{}", id.as_str().unwrap())).bearer_auth(token);
    assert_eq!(gone.send().await.unwrap().status(), 204);
    let (status, back) = call("POST", "hubspot/restore?world=a", json!({"type": "deals", "ids": [id]})).await;
    assert_eq!((status, back), (200, json!({"records": 1})));
    call("POST", "clock?world=a", json!({"advance": "1s"})).await;

    let (_, listed) = call("GET", "hubspot/deliveries?world=a&state=retrying", none()).await;
    let one = &listed["deliveries"][0];
    assert_eq!((&one["id"], &one["state"], &one["forged"]), (&json!(1), &json!("retrying"), &Value::Null));
    assert_eq!(one["events"][0]["subscriptionType"], "deal.restore");
    let attempt = one["attempts"][0].as_object().unwrap();
    assert_eq!(attempt.keys().collect::<Vec<_>>(), ["journal", "at", "status", "error", "took_ms"]);
    assert_eq!((&attempt["at"], &attempt["status"]), (&json!("2026-11-20T00:00:01.000Z"), &json!(503)));
    assert!(one["next_attempt"].is_string());
    let (status, landed) = call("POST", "hubspot/deliveries/1/redeliver?world=a", none()).await;
    assert_eq!((status, &landed["status"]), (200, &json!(204)));
    let (_, listed) = call("GET", "hubspot/deliveries?world=a&after=0&limit=1", none()).await;
    assert_eq!(listed["deliveries"][0]["state"], "delivered");
    let (status, one) = call("GET", "hubspot/deliveries/1?world=a", none()).await;
    assert_eq!((status, &one), (200, &listed["deliveries"][0]));
    assert_eq!((&one["app_name"], &one["at"]), (&json!("public"), &json!("2026-11-20T00:00:00.000Z")));
    assert_eq!(call("GET", "hubspot/deliveries/2?world=a", none()).await.0, 404);
    for (since, count) in [("2026-11-20T00:00:00Z", 1), ("2026-11-20T00:00:00.001Z", 0)] {
        let (_, listed) = call("GET", &format!("hubspot/deliveries?world=a&since={since}"), none()).await;
        assert_eq!(listed["deliveries"].as_array().unwrap().len(), count, "since {since}");
    }
    let of_the_private_one = json!({"events": [{"eventId": 1}]});
    let (status, refused) = call("POST", "hubspot/deliver?world=a", of_the_private_one).await;
    let said = "app `private` has no webhooks; `public` has: write \"app\":\"public\"";
    assert_eq!((status, &refused["error"]["message"]), (400, &json!(said)));
    let (_, listed) = call("GET", "hubspot/deliveries?world=b", none()).await;
    assert_eq!(listed, json!({"deliveries": []}), "worlds share nothing");
    for (path, status) in [
        ("hubspot/deliveries?state=lost", 400),
        ("hubspot/deliveries?limit=10001", 400),
        ("hubspot/deliveries?since=yesterday", 400),
        ("hubspot/deliveries?world=c", 404),
    ] {
        assert_eq!(call("GET", path, none()).await.0, status, "{path}");
    }
    assert_eq!(call("POST", "hubspot/deliveries/7/redeliver?world=a", none()).await.0, 404);
    let far = call("POST", "worlds", json!({"deliver_from": ["203.0.113.9"]})).await;
    let said = far.1["error"]["message"].as_str().unwrap();
    assert!(far.0 == 400 && said.starts_with("webhooks cannot be delivered from 203.0.113.9"), "{said}");
}

#[tokio::test]
async fn an_apps_throttle_is_its_own() {
    let slow = Receiver::start(|_, _| None).await;
    let quick = Receiver::pleased().await;
    let text = "name: short\nsystem: hubspot\nextends: professional\nsettings:\n  webhook_deadline: { value: 200ms, source: \"this test\", date: 2026-11-20 }\n  webhook_batch_max: { value: 1, source: \"this test\", date: 2026-11-20 }\n";
    let world = still().profile_text(SystemName::Hubspot, "short.yaml", text).start().await.unwrap();
    world.webhooks(&slow.url, &subscriptions()[..1]).unwrap();
    let webhooks: sim::Webhooks =
        serde_json::from_value(json!({"targetUrl": quick.url, "subscriptions": subscriptions()[..1]})).unwrap();
    world.set_webhooks(Some("public"), &webhooks).unwrap();
    world.given(&json!([{"hubspot.contacts": {"count": 15}}])).unwrap();
    pass(&world, "1s").await;
    assert_eq!((slow.got().len(), quick.got().len()), (15, 15));
    let mut by_url: BTreeMap<String, usize> = BTreeMap::new();
    for (_, told) in deliveries(&world) {
        *by_url.entry(format!("{} {:?}", told.url, told.status)).or_default() += 1;
    }
    assert_eq!(by_url, [(format!("{} Some(204)", quick.url), 15), (format!("{} None", slow.url), 15)].into());
}

/// Where the machine has but one loopback address all come from that.
#[tokio::test]
async fn deliveries_come_from_the_worlds_addresses_in_turn() {
    let loopback = (1..5).map(|last| IpAddr::from([127, 0, 0, last]));
    let sources: Vec<IpAddr> = loopback.filter(|ip| std::net::TcpListener::bind((*ip, 0)).is_ok()).collect();
    let seen: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    let noted = seen.clone();
    let take = post(move |ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>| async move {
        noted.lock().push(peer.ip());
        StatusCode::OK
    });
    let router = Router::new().route("/hubspot/events", take);
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hubspot/events", socket.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(socket, service).await.unwrap() });

    let world = still().deliver_from(sources.clone()).start().await.unwrap();
    world.webhooks(&url, &subscriptions()[..1]).unwrap();
    for name in ["Kim", "Lee", "Ann", "May", "Bo", "Jo"] {
        put(&world, name);
        pass(&world, "2s").await;
    }
    let wanted: Vec<IpAddr> = sources.iter().copied().cycle().take(6).collect();
    assert_eq!(*seen.lock(), wanted);
}

/// What a delivery tells of itself at each step of its life, and what its receiver got.
#[tokio::test]
async fn one_that_is_sent_again_by_hand_and_fails_goes_on_as_it_would_have() {
    use DispatchState::{GivenUp, Pending, Retrying};
    let receiver = Receiver::start(|_, _| Some(500)).await;
    let world = creations(&receiver).await;
    put(&world, "Kim");
    let numbers =
        || -> Vec<u64> { receiver.events().iter().map(|event| event["attemptNumber"].as_u64().unwrap()).collect() };
    for (passed, state, told) in [
        ("0s", Pending, vec![0]),
        ("1s", Retrying, vec![0, 0, 1]),
        ("2m", Retrying, vec![0, 0, 1, 1, 2]),
        ("24h", GivenUp, vec![0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]),
        ("1h", GivenUp, vec![0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]),
    ] {
        pass(&world, passed).await;
        let before = world.dispatch(1).unwrap();
        assert_eq!(before.state, state, "after {passed}");
        assert_eq!(before.next_attempt.is_some(), state != GivenUp);
        world.redeliver(1).await.unwrap();
        let after = world.dispatch(1).unwrap();
        assert_eq!((after.state, after.next_attempt), (before.state, before.next_attempt), "after {passed}");
        assert_eq!(numbers(), told, "after {passed}");
        assert_eq!(after.events[0]["attemptNumber"].as_u64(), told.last().copied(), "as it was told last");
        assert_eq!(after.attempts.len(), told.len());
    }
}

#[tokio::test]
async fn an_answers_body_may_take_longer_than_the_deadline() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", socket.local_addr().unwrap());
    let (done, ended) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = socket.accept().await.unwrap();
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal").await.unwrap();
        // Until the caller has gone.
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
        done.send(()).unwrap();
    });
    let text = "name: short\nsystem: hubspot\nextends: professional\nsettings:\n  webhook_deadline: { value: 200ms, source: \"this test\", date: 2026-11-20 }\n";
    let world = still().profile_text(SystemName::Hubspot, "short.yaml", text).start().await.unwrap();
    world.webhooks(&url, &subscriptions()[..1]).unwrap();
    put(&world, "Kim");
    pass(&world, "1s").await;
    ended.await.unwrap();
    let told = world.dispatch(1).unwrap();
    assert_eq!((told.state, told.attempts[0].status), (DispatchState::Delivered, Some(200)));
    assert!(told.attempts[0].took_ms < 200, "{told:?}");
}
