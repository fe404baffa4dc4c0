/** One of a few words, from a list. */
import { Dropdown, Field, Option, makeStyles } from '@fluentui/react-components';

const useStyles = makeStyles({ grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' }, drop: { minWidth: 0, width: '100%' } });

export function Choice({ label, of, value, onChange }: { label: string; of: { readonly [name: string]: string }; value: string; onChange: (value: string) => void }) {
  const styles = useStyles();
  return (
    <Field className={styles.grow} label={label}>
      <Dropdown className={styles.drop} aria-label={label} value={of[value] ?? value} selectedOptions={[value]} onOptionSelect={(_, { optionValue }) => { if (optionValue !== undefined && optionValue !== value) onChange(optionValue); }}>
        {Object.entries(of).map(([name, word]) => <Option key={name} value={name}>{word}</Option>)}
      </Dropdown>
    </Field>
  );
}
