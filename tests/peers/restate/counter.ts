// A counter as a virtual object: state in the key-value store of the object, one add at a time.
import * as restate from "@restatedev/restate-sdk";

const counter = restate.object({
  name: "counter",
  handlers: {
    add: async (ctx: restate.ObjectContext) => {
      const value = ((await ctx.get<number>("value")) ?? 0) + 1;
      ctx.set("value", value);
      return { value };
    },
    read: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext) => ({
      value: (await ctx.get<number>("value")) ?? 0,
    })),
  },
});

restate.serve({ services: [counter], port: Number(process.env.PORT) });
