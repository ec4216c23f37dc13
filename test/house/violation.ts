/** One place that breaks one rule of the house, told so that whoever reads it knows what to do. */
export interface Violation {
  file: string;
  /** 0 where it is the file itself. */
  line: number;
  /** What was found: an import, a word, a name. */
  found: string;
  rule: string;
  remedy: string;
}

export function tell({ file, line, found, rule, remedy }: Violation): string {
  return `${line === 0 ? file : `${file}:${line}`}: ${found}\n  rule:   ${rule}\n  remedy: ${remedy}`;
}
