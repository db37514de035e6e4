export { t, useLocale, locale, chooseLocale, catalogOf, hasMessage, type Key } from './locale.svelte';
export {
  useTimeZone,
  timeZone,
  clockTime,
  preciseTime,
  listTime,
  dayTitle,
  dateTime,
  relativeDayTime,
  dayOf,
  duration,
  roughDuration,
  spokenDuration,
  phoneText,
  number,
} from './format';
export { problemText } from './problems';
