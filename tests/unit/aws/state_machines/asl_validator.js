// Writes asl_validator.json anew: which definitions of these tests asl-validator 4.0.0 (npm, Apache-2.0) refuses.
//   npm install --no-save asl-validator@4.0.0    (in a folder for it, whose node_modules NODE_PATH then names)
//   python -m tests.unit.aws.state_machines.definitions | node asl_validator.js > asl_validator.json
const oracle = require("asl-validator");
const check = oracle.default || oracle;
const given = JSON.parse(require("fs").readFileSync(0));
const refuses = (definition) => !check(definition, { checkPaths: true, checkArn: true }).isValid;
console.log(JSON.stringify(Object.keys(given).filter((name) => refuses(given[name])), null, 1));
