/**
 * What a page of LuCI finds in the browser, as far as our views use it: globals E, _, N_ and L, the modules that they require, and
 * the way a view is started. Behaves as OpenWrt 24.10's luci.js, rpc.js, ui.js, cbi.js and form.js do at the places used here: texts
 * in arrays become text nodes, a bare text becomes HTML, a failed call gives its status as a number, a handler's button is
 * disabled while it works. Bundled and run in the page.
 */
type Child = Node | string | number | null | undefined;
type Children = Child | readonly Child[];
type Attributes = Readonly<Record<string, unknown>>;

interface Page {
  /** Translations by text. */
  readonly texts: Readonly<Record<string, string | readonly string[]>>;
  readonly readonly: boolean;
}

export function startLuci({ texts, readonly }: Page): void {
  function append(node: Element, children: Children): void {
    if (Array.isArray(children)) for (const child of children as readonly Child[]) node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    else if (children instanceof Node) node.append(children);
    else if (typeof children === 'string') node.innerHTML = children;
  }
  function E(name: string, attributes: Attributes = {}, children?: Children): Element {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === 'function') node.addEventListener(key, value as (event: Event) => void);
      else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') node.setAttribute(key, String(value));
    }
    append(node, children);
    return node;
  }
  const dom = {
    append,
    content(node: Element, children: Children) {
      node.replaceChildren();
      append(node, children);
    },
  };

  let calls = 0;
  const base = '/cgi-bin/luci/admin/ubus';
  const rpc = {
    declare:
      ({ object, method, params = [] }: { object: string; method: string; params?: readonly string[] }) =>
      async (...given: readonly unknown[]): Promise<unknown> => {
        const request = { jsonrpc: '2.0', id: ++calls, method: 'call', params: ['0'.repeat(32), object, method, Object.fromEntries(params.map((name, i) => [name, given[i]]))] };
        const reply = await fetch(`${base}/${object}.${method}`, { method: 'POST', body: JSON.stringify(request) });
        if (!reply.ok) throw new Error(`RPC call to ${object}/${method} failed with HTTP error ${reply.status}: ${reply.statusText}`);
        const { error, result } = (await reply.json()) as { error?: { code: number; message: string }; result: readonly unknown[] };
        if (error) throw new Error(`RPC call to ${object}/${method} failed with error ${error.code}: ${error.message}`);
        return result.length > 1 ? result[1] : result[0];
      },
    getStatusText: (status: number): string => `status ${status}`,
  };
  const fs = { exec: (command: string, given: readonly string[]) => rpc.declare({ object: 'file', method: 'exec', params: ['command', 'params'] })(command, given) };
  const request = { get: (url: string) => fetch(url) };

  const ui = {
    createHandlerFn: (context: unknown, handler: (event: Event) => unknown) => (event: Event) => {
      const button = event.currentTarget as HTMLButtonElement;
      button.disabled = true;
      void Promise.resolve(handler.call(context, event)).finally(() => (button.disabled = false));
    },
    addNotification: (title: Children, children: Children, ...classes: readonly string[]) => {
      const text = E('div');
      if (title !== null) append(text, E('h4', {}, title));
      append(text, children);
      document.querySelector('#maincontent')?.prepend(E('div', { class: ['alert-message', ...classes].join(' '), role: 'alert' }, [text]));
    },
    showModal: (title: Children, children: Children) => document.body.append(E('div', { class: 'modal', role: 'dialog', 'aria-modal': 'true' }, [E('h4', {}, title), ...(children as readonly Child[])])),
    hideModal: () => document.querySelector('.modal')?.remove(),
  };

  // The test says when a poll is due: none is waited for.
  const polled: (() => unknown)[] = [];
  const poll = { add: (call: () => unknown) => void polled.push(call) };

  const translated = (text: string, form?: number): string => {
    const found = texts[text];
    return (typeof found === 'string' ? found : found?.[form ?? 0]) ?? text;
  };
  const CONVERSION = /%(?:(1024)\.(\d)m(B)|([ds]))/g;
  const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  function format(this: unknown, ...values: readonly unknown[]): string {
    let next = 0;
    return String(this).replaceAll(CONVERSION, (_, thousand: string | undefined, digits: string, unit: string) => {
      const value = values[next++];
      if (thousand === undefined) return String(value);
      const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Number(value))) / 10)));
      return `${(Number(value) / 1024 ** power).toFixed(power === 0 ? 0 : Number(digits))} ${UNITS[power]}${unit}`;
    });
  }
  // oxlint-disable-next-line no-extend-native -- as LuCI's cbi.js does
  Object.defineProperty(String.prototype, 'format', { value: format });

  /** Sections and options with their titles, so that they can be read and used; nothing is saved. */
  class Option {
    readonly values: [string, string][] = [];
    readonly kind: string;
    readonly title: string;
    readonly description: string;
    readonly id: string;
    inputtitle = '';
    password = false;
    onclick: (() => unknown) | undefined;
    validate: ((section: string, value: string) => true | string) | undefined;
    constructor(kind: string, id: string, title: string, description = '') {
      this.kind = kind;
      this.id = id;
      this.title = title;
      this.description = description;
    }
    depends(): void {}
    value(key: string, title: string): void {
      this.values.push([key, title]);
    }
    draw(): Element {
      const input =
        this.kind === 'Button' ? E('button', { id: this.id, click: () => this.onclick?.() }, [this.inputtitle])
        : this.kind === 'ListValue' ? E('select', { id: this.id }, this.values.map(([key, title]) => E('option', { value: key }, [title])))
        : E('input', { id: this.id, type: this.kind === 'Flag' ? 'checkbox' : this.password ? 'password' : 'text' });
      const wrong = E('span', { role: 'alert' });
      input.addEventListener('change', () => {
        const said = this.validate?.('', (input as HTMLInputElement).value) ?? true;
        dom.content(wrong, said === true ? [] : [said]);
      });
      return E('div', {}, [E('label', { for: this.kind === 'Button' ? null : this.id }, [this.title]), input, wrong, E('p', {}, [this.description])]);
    }
  }
  class Section {
    readonly options: Option[] = [];
    readonly type: string;
    readonly title: string;
    readonly description: string;
    constructor(type: string, title: string, description = '') {
      this.type = type;
      this.title = title;
      this.description = description;
    }
    option(kind: string, name: string, title: string, description?: string): Option {
      const option = new Option(kind, `${this.type}.${name}`, title, description);
      this.options.push(option);
      return option;
    }
  }
  class FormMap {
    readonly sections: Section[] = [];
    readonly title: string;
    readonly description: string;
    constructor(_package: string, title: string, description: string) {
      this.title = title;
      this.description = description;
    }
    section(kind: string, ...given: string[]): Section {
      const [type = '', title = '', description] = kind === 'NamedSection' ? given.slice(1) : given;
      const section = new Section(type, title, description);
      this.sections.push(section);
      return section;
    }
    async render(): Promise<Element> {
      return E('div', {}, [E('h2', {}, [this.title]), E('p', {}, [this.description]), ...this.sections.map((s) => E('div', {}, [E('h3', {}, [s.title]), E('p', {}, [s.description]), ...s.options.map((o) => o.draw())]))]);
    }
  }
  const form = { Map: FormMap, NamedSection: 'NamedSection', TypedSection: 'TypedSection', Value: 'Value', Flag: 'Flag', ListValue: 'ListValue', Button: 'Button' };

  interface View {
    load?: () => unknown;
    render(loaded: unknown): Node | Promise<Node>;
  }
  const view = { extend: (members: View) => members };
  const baseclass = { extend: (members: object) => members };
  const modules: Record<string, unknown> = { baseclass, dom, form, fs, poll, request, rpc, ui, view };
  const L = {
    bind: (call: (...given: never[]) => unknown, context: unknown, ...given: never[]) => (...more: never[]): unknown => call.apply(context, [...given, ...more]),
    url: (path: string) => `/cgi-bin/luci/${path}`,
    resource: (path: string) => `/luci-static/resources/${path}`,
    hasViewPermission: () => !readonly,
  };
  const factories = new Map<string, (...given: readonly unknown[]) => unknown>();
  /** By its name, `view.roamstead.status`, with what it requires. */
  async function load(name: string): Promise<unknown> {
    const source = await (await fetch(L.resource(`${name.replaceAll('.', '/')}.js`))).text();
    const required = [...source.matchAll(/^'require (\S+?)(?: as (\w+))?';$/gm)].map(([, module = '', as = module]) => ({ module, as }));
    const script = document.createElement('script');
    script.textContent = `factories.set('${name}', function (${required.map((r) => r.as).join(', ')}) { ${source}\n});`;
    document.head.append(script);
    for (const { module } of required) modules[module] ??= await load(module);
    return factories.get(name)?.(...required.map((r) => modules[r.module]));
  }
  const globals = { E, L, _: (text: string) => translated(text), N_: (n: number, one: string, many: string) => (Object.hasOwn(texts, one) ? translated(one, n === 1 ? 0 : 1) : n === 1 ? one : many) };

  Object.assign(globalThis, globals, {
    factories,
    async showView(name: string): Promise<void> {
      const started = (await load(`view.roamstead.${name}`)) as View;
      dom.content(document.querySelector('#view') as Element, await started.render(await started.load?.()));
    },
    pollNow: () => Promise.all(polled.map((call) => call())),
  });
}
