export {
  t,
  useTexts,
  useLocale,
  locale,
  chooseLocale,
  catalogOf,
  hasMessage,
  type Key,
} from './locale.svelte';
export {
  useTimeZone,
  timeZone,
  clockTime,
  preciseTime,
  listTime,
  dayTitle,
  date,
  dateTime,
  relativeDayTime,
  dayOf,
  duration,
  roughDuration,
  spokenDuration,
  phoneText,
  number,
  money,
} from './format';
export { problemText } from './problems';
