import { MONEY_STEPS } from './money-steps.ts';
import { openStage } from './stage.ts';
import { Story } from './story.ts';

const stage = await openStage({ rows: 100 });
const story = new Story(stage, 100);
for (const step of MONEY_STEPS) {
  if (process.argv[2] && !process.argv[2].split(',').includes(step.name)) continue;
  const t = performance.now();
  try {
    console.log(step.name, await step.act(story, { progress() {} }), ((performance.now() - t) / 1000).toFixed(1));
  } catch (e) {
    console.log(step.name, e);
    const w = stage.workspace;
    console.log(JSON.stringify((await stage.hub.crm.list(w, 'payment', { after: null, limit: 20 })).items.map((i) => i.fields)));
    console.log(JSON.stringify(await stage.hub.ledger.unmatched(w, { after: null, limit: 10 })));
    console.log(
      JSON.stringify(
        (await stage.hub.engine.look.held(w, { open: true, after: 0, limit: 20 })).map((h) => [
          h.kind,
          h.row,
          h.field,
          h.question,
        ]),
      ).slice(0, 3000),
    );
    console.log(JSON.stringify((await stage.hub.engine.look.syncs(w)).map((s) => [s.stream, s.state, s.problem])));
    break;
  }
}
await stage.close();
