// Browsers start no workers for pages from the file system. There, the search runs in a hidden frame instead.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.appendChild(this.frame);
      this.inside = this.frame.contentWindow;
      this.inside.postMessage = data => this.#told(data);
      const script = this.inside.document.createElement("script");
      this.ready = new Promise((done, failed) => Object.assign(script, { onload: done, onerror: failed, src: url }));
      this.inside.document.body.appendChild(script);
    }
    #told(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      this.onmessage?.(event);
    }
    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() {
      this.frame.remove();
    }
  };
