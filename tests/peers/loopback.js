// Loaded before a server that is not ours: it listens on the loopback only, on a port that is free, and says which.
const net = require("net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const options = typeof args[0] === "object" ? args[0] : { port: args[0] };
  const rest = args.filter((arg) => typeof arg === "function");
  this.once("listening", () => console.log(`listening ${options.port} ${this.address().port}`));
  return listen.call(this, { ...options, host: "127.0.0.1", port: 0 }, ...rest);
};
