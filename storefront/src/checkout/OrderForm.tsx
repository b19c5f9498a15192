import { type FormEvent, useRef, useState } from "react";

import { announce } from "../shell/announcer";
import styles from "./Checkout.module.css";
import { type Faults, faultsOf, type FieldName, FIELDS, NOTHING_WRITTEN, type Written } from "./fields";
import { FormField } from "./FormField";

const GROUPS: readonly { legend: string; names: readonly FieldName[] }[] = [
  { legend: "Who it is for", names: ["name", "email"] },
  { legend: "Where it goes", names: ["street", "postcode", "city", "country"] },
];

/** Fields stay in this page: an order needs none of them. */
export function OrderForm({ onOrder }: { onOrder: () => void }) {
  const [written, setWritten] = useState<Written>(NOTHING_WRITTEN);
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);

  function write(name: FieldName, text: string) {
    const next = { ...written, [name]: text };
    setWritten(next);
    // What was wrong is looked at again with every key; what was not, not before it is left.
    if (faults[name]) setFaults({ ...faults, [name]: faultsOf(next)[name] });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = faultsOf(written);
    setFaults(found);
    const [first] = Object.keys(found);
    if (!first) return onOrder();
    const count = Object.keys(found).length;
    announce(count === 1 ? "One field needs another look." : `${count} fields need another look.`);
    form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  }

  return (
    <form ref={form} className={styles.form} noValidate onSubmit={submit} aria-label="Your order">
      {GROUPS.map(({ legend, names }) => (
        <fieldset key={legend} className={styles.group}>
          <legend>{legend}</legend>
          <div className={styles.fields}>
            {FIELDS.filter(({ name }) => names.includes(name)).map((field) => (
              <FormField key={field.name} field={field} value={written[field.name]} fault={faults[field.name]} onWrite={write} />
            ))}
          </div>
        </fieldset>
      ))}
      <button type="submit" className="button">Place the order</button>
    </form>
  );
}
