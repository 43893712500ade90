// Preloaded into local-slack (a Bun program that has no option for it) through bunfig.toml: listen on loopback
// only, and answer neither other web sites (Origin) nor rebound names (Host).
const serve = Bun.serve;
const ours = (host) => /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);

Bun.serve = (options) =>
  serve({
    ...options,
    hostname: "127.0.0.1",
    fetch(request, server) {
      const host = request.headers.get("host") ?? "";
      const origin = request.headers.get("origin");
      if (!ours(host) || (origin !== null && !ours(origin.replace(/^https?:\/\//, "")))) {
        return new Response("local-slack answers this machine only", { status: 403 });
      }
      return options.fetch.call(this, request, server);
    },
  });
