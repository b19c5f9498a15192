import assert from "node:assert/strict";
import { test } from "node:test";

import { onQuestion, openQuestion, setQuestion } from "../../storefront/src/why/question.ts";

test("one question is open at a time, and each change is told once", () => {
  let told = 0;
  const end = onQuestion(() => {
    told += 1;
  });
  const asked = { title: "Coat", product: "c", decisionId: "d", Dialog: () => null, from: { isConnected: true } };
  setQuestion(null);
  assert.equal(told, 0);
  setQuestion(asked);
  setQuestion(asked);
  assert.equal(openQuestion(), asked);
  setQuestion({ ...asked, title: "Hat" });
  assert.equal(openQuestion()?.title, "Hat");
  setQuestion(null);
  assert.deepEqual([openQuestion(), told], [null, 3]);
  end();
  setQuestion(asked);
  assert.equal(told, 3);
  setQuestion(null);
});
