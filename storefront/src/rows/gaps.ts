import type { RowQuestion } from "@fitting-room/client";

interface Listed {
  entries: readonly unknown[];
}

const subjectOf = (question: RowQuestion | undefined): string => JSON.stringify({ ...question, exclude: undefined });

/** Of each question, whether it was asked before in the same place; what it leaves out aside. */
export function sameQuestions(before: readonly RowQuestion[], newer: readonly RowQuestion[]): readonly boolean[] {
  return newer.map((question, place) => place < before.length && subjectOf(question) === subjectOf(before[place]));
}

/** The newer rows; where one of the same question has become empty, the one before it in its place. */
export function withoutGaps<T extends Listed>(before: readonly T[], newer: readonly T[], isSame: readonly boolean[]): readonly T[] {
  return newer.map((row, place) => (row.entries.length === 0 && isSame[place] ? (before[place] ?? row) : row));
}
