import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Receivers of HubSpot's webhooks on the JDK's own server: {@code java Receiver.java SECRET}, which prints its port. The
 * paths and defects are those of receiver.py. The JDK reads no JSON, so events are taken apart by their names.
 */
public final class Receiver {
    private static final long AGE_MAX_MS = 300_000;
    private static final String[][] DECODED = {
        {"%3A", ":"}, {"%2F", "/"}, {"%3F", "?"}, {"%40", "@"}, {"%21", "!"}, {"%24", "$"},
        {"%27", "'"}, {"%28", "("}, {"%29", ")"}, {"%2A", "*"}, {"%2C", ","}, {"%3B", ";"},
    };
    private static final Pattern ESCAPE = Pattern.compile("\\\\u([0-9a-fA-F]{4})");
    private static final Pattern MEMBER = Pattern.compile("\"(\\w+)\":(?:\"([^\"]*)\"|(-?\\d+))");
    private static final Map<String, State> STATES = new ConcurrentHashMap<>();

    private static final class State {
        int effects;
        final Set<String> seen = new HashSet<>();
        final Map<String, Long> instants = new HashMap<>();
        final Map<String, String> values = new LinkedHashMap<>();
    }

    public static void main(String[] arguments) throws IOException {
        String secret = arguments[0];
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 64);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            try (exchange) {
                handle(exchange, secret);
            } catch (IOException gone) {
                // A caller that has gone away is no news.
            } catch (Exception wrong) {
                wrong.printStackTrace();
            }
        });
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    private static void handle(HttpExchange exchange, String secret) throws Exception {
        String defect = exchange.getRequestURI().getRawPath().split("/")[1];
        State state = STATES.computeIfAbsent(defect, name -> new State());
        if (exchange.getRequestMethod().equals("GET")) {
            byte[] told;
            synchronized (state) {
                told = (state.effects + " effects: " + state.values).getBytes(StandardCharsets.UTF_8);
            }
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
            return;
        }
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (defect.equals("late")) {
            Thread.sleep(6_000);
        }
        if (!genuine(defect, exchange, body, secret)) {
            exchange.sendResponseHeaders(401, -1);
            return;
        }
        synchronized (state) {
            for (String event : plain(new String(body, StandardCharsets.UTF_8)).split("\\},\\{")) {
                take(state, event);
            }
        }
        exchange.sendResponseHeaders(204, -1);
    }

    private static boolean genuine(String defect, HttpExchange exchange, byte[] body, String secret) throws Exception {
        var headers = exchange.getRequestHeaders();
        String name = defect.equals("wrong-header") ? "X-HubSpot-Signature" : "X-HubSpot-Signature-v3";
        String signature = headers.getFirst(name);
        String stamp = headers.getFirst("X-HubSpot-Request-Timestamp");
        if (signature == null || stamp == null || !stamp.matches("\\d{1,18}")) {
            return false;
        }
        if (!defect.equals("no-age-check") && System.currentTimeMillis() - Long.parseLong(stamp) > AGE_MAX_MS) {
            return false;
        }
        String scheme = headers.containsKey("X-Forwarded-Proto") ? headers.getFirst("X-Forwarded-Proto") : "http";
        String host = headers.getFirst(headers.containsKey("X-Forwarded-Host") ? "X-Forwarded-Host" : "Host");
        String path = exchange.getRequestURI().toString();
        String uri = defect.equals("path-only") ? path : scheme + "://" + host + path;
        for (String[] escape : DECODED) {
            uri = uri.replace(escape[0], escape[1]);
        }
        if (defect.equals("re-serialised")) {
            body = plain(new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update(("POST" + uri).getBytes(StandardCharsets.UTF_8));
        mac.update(body);
        mac.update(stamp.getBytes(StandardCharsets.UTF_8));
        byte[] wanted = Base64.getEncoder().encode(mac.doFinal());
        return MessageDigest.isEqual(wanted, signature.getBytes(StandardCharsets.UTF_8));
    }

    private static void take(State state, String event) {
        Map<String, String> members = new HashMap<>();
        Matcher found = MEMBER.matcher(event);
        while (found.find()) {
            members.put(found.group(1), found.group(2) != null ? found.group(2) : found.group(3));
        }
        String type = members.get("subscriptionType");
        String property = members.get("propertyName");
        String key = members.get("eventId") + " " + members.get("objectId") + " " + type + " " + property;
        if (type == null || !type.startsWith("contact.") || !state.seen.add(key) || property == null) {
            return;
        }
        String record = members.get("objectId") + " " + property;
        long at = Long.parseLong(members.get("occurredAt"));
        if (state.instants.getOrDefault(record, 0L) <= at) {
            state.instants.put(record, at);
            state.values.put(record, members.get("propertyValue"));
            state.effects += 1;
        }
    }

    /** JSON without blanks between its parts and without needless escapes, as most libraries write it. */
    private static String plain(String json) {
        StringBuilder out = new StringBuilder();
        boolean inside = false;
        for (int at = 0; at < json.length(); at++) {
            char letter = json.charAt(at);
            if (letter == '\\') {
                out.append(letter).append(json.charAt(++at));
                continue;
            }
            inside ^= letter == '"';
            if (inside || !Character.isWhitespace(letter)) {
                out.append(letter);
            }
        }
        String text = out.toString().replace("\\/", "/");
        return ESCAPE.matcher(text).replaceAll(m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
    }
}
