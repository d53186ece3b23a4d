/** Loaded by `@config` in static/css/app.css. Build: npm ci && npm run css.
 *
 *  Colours, type sizes, radii and breakpoints replace Tailwind's own, so a class such as
 *  `bg-blue-500` does not exist. Every colour is a variable of static/css/tokens.css and
 *  follows the theme. */
const colours = [
  'canvas', 'surface', 'raised', 'sunken', 'line', 'line-2', 'edge', 'ink', 'ink-2', 'ink-3',
  'petrol', 'petrol-fill', 'petrol-deep', 'petrol-wash', 'on-petrol',
  'mulberry', 'mulberry-wash', 'mulberry-line', 'mulberry-deep',
  'ok', 'ok-wash', 'info', 'info-wash', 'warn', 'warn-wash',
  'stop', 'stop-wash', 'stop-fill', 'on-stop', 'focus',
];

export default {
  content: ['./views/**/*.templ'],
  theme: {
    colors: {
      transparent: 'transparent',
      current: 'currentColor',
      ...Object.fromEntries(colours.map((name) => [name, `var(--${name})`])),
    },
    fontFamily: { sans: 'var(--font-text)', mono: 'var(--font-mono)' },
    fontSize: {
      micro: ['0.75rem', { lineHeight: '1rem' }],
      xs: ['0.8125rem', { lineHeight: '1.125rem' }],
      sm: ['0.875rem', { lineHeight: '1.25rem' }],
      base: ['0.9375rem', { lineHeight: '1.5rem' }],
      lg: ['1.0625rem', { lineHeight: '1.5rem' }],
      h2: ['1.25rem', { lineHeight: '1.625rem', letterSpacing: '-0.008em' }],
      h1: ['1.875rem', { lineHeight: '2.25rem', letterSpacing: '-0.018em' }],
    },
    borderRadius: { none: '0', sm: '3px', DEFAULT: '6px', md: '8px', lg: '10px', full: '999px' },
    screens: { sm: '30rem', md: '48rem', lg: '64rem', xl: '80rem' },
    extend: { maxWidth: { page: '74rem', prose: '40rem', form: '34rem' } },
  },
};
